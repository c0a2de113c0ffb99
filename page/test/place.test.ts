import { expect, test } from "vitest";

import { addressOf, placeOf } from "../src/place";

const START = { lib: null, text: "", folder: "", favourites: false, collection: null };

test("an address says all that it was made of, whatever is in it", () => {
  const kept = { lib: "all", text: 'hat -loop "rim shot" & 100%', folder: "ü/a#b", favourites: true, collection: 7 };
  const sound = { library: "ab12cd34", id: 17, path: "drums/kick & snare #1.wav" };
  expect(placeOf(addressOf(kept, sound).slice(1))).toEqual({ kept, sound });
});

test("how it is at the start needs no words", () => {
  expect(addressOf(START, null)).toBe("");
  expect(placeOf("")).toEqual({ kept: START, sound: null });
});

test("what nobody wrote is left out", () => {
  for (const fragment of ["collection=x", "collection=-1", "collection=1.5", "sound=17", "sound=ab/x/y", "nonsense"])
    expect(placeOf(fragment)).toEqual({ kept: START, sound: null });
});
