import { expect, test } from "vitest";

import { encodeWav } from "../src/audio/wav";

test("a wav file has the header that RIFF asks for, and little-endian samples", () => {
  const view = new DataView(encodeWav([Float32Array.of(0, 0.5, -1, 1, 2)], 48000));
  const letters = (from: number, n: number): string => String.fromCharCode(...new Uint8Array(view.buffer, from, n));
  expect([letters(0, 4), letters(8, 8), letters(36, 4)]).toEqual(["RIFF", "WAVEfmt ", "data"]);
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
  expect(view.getUint16(20, true)).toBe(1); // PCM
  expect(view.getUint32(24, true)).toBe(48000);
  expect(view.getUint32(28, true)).toBe(96000);
  expect(view.getUint32(40, true)).toBe(10);
  expect([0, 1, 2, 3, 4].map((i) => view.getInt16(44 + 2 * i, true))).toEqual([0, 16384, -32768, 32767, 32767]);
});

test("channels lie side by side, frame by frame", () => {
  const view = new DataView(encodeWav([Float32Array.of(0.5, 0.25), Float32Array.of(-0.5, -0.25)], 44100));
  expect([view.getUint16(22, true), view.getUint32(28, true), view.getUint16(32, true)]).toEqual([2, 176400, 4]);
  expect(view.getUint32(40, true)).toBe(8);
  expect([0, 1, 2, 3].map((i) => view.getInt16(44 + 2 * i, true))).toEqual([16384, -16384, 8192, -8192]);
});
