import { expect, test } from "vitest";

import { ANY_LENGTH } from "../src/length";
import { addressOf, placeOf } from "../src/place";

const START = { lib: null, among: [], text: "", folder: "", favourites: false, collection: null, kinds: [], length: ANY_LENGTH, pitch: "", tempo: "" };

test("an address says all that it was made of, whatever is in it", () => {
  const kept = { lib: "all", among: ["ab12cd34", "cd34ef56"], text: 'hat -loop "rim shot" & 100%', folder: "ü/a#b", favourites: true, collection: 7, kinds: ["kick", "hand drum"], length: { kind: "shorter", seconds: 0.25 }, pitch: "F#3-B3", tempo: "118-124" } as const;
  const sound = { library: "ab12cd34", id: 17, path: "drums/kick & snare #1.wav" };
  expect(placeOf(addressOf(kept, sound).slice(1))).toEqual({ kept, sound });
});

test("how it is at the start needs no words", () => {
  expect(addressOf(START, null)).toBe("");
  expect(placeOf("")).toEqual({ kept: START, sound: null });
});

test("all libraries, some of them and one alone are three addresses", () => {
  const of = (lib: string, among: string[]) => addressOf({ ...START, lib, among }, null);
  expect([of("all", []), of("all", ["a1", "b2"]), of("a1", [])]).toEqual(["#lib=all", "#lib=a1%2Cb2", "#lib=a1"]);
  expect(placeOf("lib=all").kept).toEqual({ ...START, lib: "all" });
  expect(placeOf("lib=a1").kept).toEqual({ ...START, lib: "a1" });
});

test("a length like the take's is not kept, as the take is not", () => {
  expect(addressOf({ ...START, length: { kind: "take", seconds: 1 } }, null)).toBe("");
});

test("what nobody wrote is left out", () => {
  for (const fragment of ["collection=x", "collection=-1", "collection=1.5", "sound=17", "sound=ab/x/y", "shorter=x", "longer=-1", "shorter=Infinity", "nonsense"])
    expect(placeOf(fragment)).toEqual({ kept: START, sound: null });
});
