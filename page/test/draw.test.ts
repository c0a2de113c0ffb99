import { expect, test } from "vitest";

import { peaksOf } from "../src/audio/take";
import { hertzTicks, timeTicks } from "../src/draw/axes";
import { palette, srgb } from "../src/draw/colours";
import { cropped } from "../src/draw/spectrogram";
import { duration, hertz, timeLeft } from "../src/words";
import { searchParams } from "../src/api";

/** CIE lightness of an sRGB colour: an answer that does not come from OKLab. */
function lightness(r: number, g: number, b: number): number {
  const linear = (x: number): number => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4);
  const y = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}

test.each(["dark", "light"] as const)("the %s colours rise or fall in even steps of lightness", (theme) => {
  const colours = palette(theme);
  const steps = Array.from({ length: 16 }, (_, i) => lightness(...(colours.slice(51 * i, 51 * i + 3) as unknown as [number, number, number])));
  const rises = steps.slice(1).map((l, i) => (theme === "dark" ? l - steps[i]! : steps[i]! - l));
  expect(Math.min(...rises)).toBeGreaterThan(0.5 * (Math.abs(steps[15]! - steps[0]!) / 15));
  expect(Math.max(...rises)).toBeLessThan(1.6 * (Math.abs(steps[15]! - steps[0]!) / 15));
});

test("OKLab's white and black are white and black", () => {
  expect(srgb([1, 0, 0]).map(Math.round)).toEqual([255, 255, 255]);
  expect(srgb([0, 0, 0]).map(Math.round)).toEqual([0, 0, 0]);
});

test("ticks are round, and where they say", () => {
  expect(timeTicks(0.5, 1.5)).toEqual([0.6, 0.8, 1, 1.2, 1.4].map((s) => ({ at: expect.closeTo(s - 0.5, 6), label: `${s.toFixed(1)} s` })));
  const bands = Array.from({ length: 100 }, (_, i) => 100 + 100 * i); // evenly spaced in Hz
  expect(hertzTicks(bands).find(({ label }) => label === "5 kHz")?.at).toBeCloseTo((49 + 0.5) / 100, 6);
});

test("a matrix is cropped in every row", () => {
  expect([...cropped(Uint8Array.of(1, 2, 3, 4, 5, 6), 2, 3, 2)]).toEqual([1, 2, 4, 5]);
});

test("peaks are those of the loudest sample of each piece", () => {
  const samples = new Float32Array(4000);
  samples[0] = -0.5;
  samples[3999] = 0.25;
  const peaks = peaksOf([samples]);
  expect([peaks.length, peaks[0], peaks[1], peaks[399]]).toEqual([400, 1, 0, 0.5]);
});

test("numbers in words", () => {
  expect([0.4, 12.34, 185, 3729].map(duration)).toEqual(["0.40 s", "12.3 s", "3:05", "1:02:09"]);
  expect([440, 1234, 10000].map(hertz)).toEqual(["440 Hz", "1.2 kHz", "10 kHz"]);
  expect([0.2, 40, 200, 7300].map(timeLeft)).toEqual(["about 1 s", "about 40 s", "about 3 min", "about 2 h"]);
});

test("a query is spelled as the server reads it", () => {
  const refinements = [{ kind: "like", library: "l", id: 3, name: "a" }, { kind: "unlike", library: "l", id: 4, name: "b" }, { kind: "like", library: "m", id: 5, name: "c" }] as const;
  const query = { among: ["l", "m"], takes: ["t", "u"], longer: 0.5, text: " door & gate ", folder: "a/b", favourites: true, collection: 7, kinds: ["kick", "hand drum"], pitch: "F#3", tempo: "", refinements, box: [-1.5, 0, 2, 3] } as const;
  expect(searchParams(query, 30, 30).toString()).toBe("take=t&take=u&text=door+%26+gate&folder=a%2Fb&favourites=true&collection=7&longer=0.5&pitch=F%233&box=-1.5&box=0&box=2&box=3&kind=kick&kind=hand+drum&like=3&unlike=4&like=5&offset=30&limit=30");
  const several = searchParams(query, 0, 30, true).toString();
  expect(several).toContain("&kind=kick&kind=hand+drum&like=l%2F3&unlike=l%2F4&like=m%2F5&");
  expect(several).toContain("&lib=l&lib=m&");
  expect(several).not.toContain("box"); // a map is of one library
  expect(searchParams({ among: [], takes: [], text: "", folder: "", favourites: false, collection: null, kinds: [], pitch: "", tempo: "", refinements: [], box: null }, 0, 30).toString()).toBe("offset=0&limit=30");
});
