import { expect, test } from "vitest";

import { bestOf } from "../src/views/speech";

test("the best match is said with what it is worth, and that there is none where all is far", () => {
  expect(bestOf({ name: "bark_04.wav", word: "likely" }, 60, false)).toBe("Best match: bark_04.wav, likely, of 60 sounds");
  expect(bestOf({ name: "bark_04.wav", word: null }, 1, false)).toBe("Best match: bark_04.wav, of 1 sound");
  expect(bestOf({ name: "wind.wav", word: "loose" }, 1200, true)).toBe("Nothing is near. The least far: wind.wav, of 1,200 sounds");
});
