import { expect, test } from "vitest";

import { gainOf } from "../src/audio/loudness";
import { heardOf, soundOf, takeOf } from "../src/audio/take";
import { peaksWithin, secondsShown, spanShown } from "../src/draw/scale";
import { boundsOf } from "../src/length";
import { listeningOf } from "../src/listening";

const level = (loudness_lufs: number, peak: number) => ({ loudness_lufs, peak });

test("sounds are brought to one loudness, as far as their peaks let them", () => {
  expect(gainOf(level(-10, 1), true)).toBeCloseTo(10 ** (-10 / 20), 6);
  expect(gainOf(level(-26, 0.1), true)).toBeCloseTo(10 ** (6 / 20), 6);
  expect(gainOf(level(-40, 0.5), true)).toBe(2); // a click: its peak would be above full scale
  expect(gainOf(level(-70, 0.0001), true)).toBeCloseTo(10 ** (24 / 20), 6);
  expect(gainOf(level(-70, 0), true)).toBeCloseTo(10 ** (24 / 20), 6);
  for (const one of [level(-3, 1), level(-33, 0.9), level(-61, 0.003)]) expect(gainOf(one, true) * one.peak).toBeLessThanOrEqual(1 + 1e-9);
  expect(gainOf(level(-40, 0.1), false)).toBe(1);
  expect(gainOf(null, true)).toBe(1);
});

test("what was kept is taken as far as it can be understood", () => {
  const start = listeningOf(null);
  expect([start.matched, start.loop, start.atOnce]).toEqual([true, false, false]);
  expect(listeningOf({ volume: 0.3, loop: true, matched: "no" })).toEqual({ ...start, volume: 0.3, loop: true });
  expect(listeningOf({ volume: 7 })).toEqual(start);
});

test("all rows have one scale: what holds the longest, in round seconds, and a window at most", () => {
  const of = (...lengths: number[]) => lengths.map((duration_s) => ({ duration_s }));
  expect(secondsShown(of(0.01, 0.4), 3)).toBe(0.5);
  expect(secondsShown(of(0.01, 1.2), 3)).toBe(2);
  expect(secondsShown(of(0.01, 90), 3)).toBe(3);
  expect(secondsShown([...of(...Array<number>(30).fill(0.2)), ...of(90)], 3)).toBe(0.25); // what is scrolled to changes nothing
  expect(secondsShown([], 3)).toBe(0.25);
});

test("a short sound is shown whole, a long one from its match on", () => {
  expect(spanShown({ duration_s: 0.01, start_s: 0 }, 3)).toEqual([0, 3]);
  expect(spanShown({ duration_s: 60, start_s: 20 }, 3)).toEqual([20, 23]);
  expect(spanShown({ duration_s: 60, start_s: 59 }, 3)).toEqual([57, 60]);
  expect(spanShown({ duration_s: 60, start_s: null }, 3)).toEqual([0, 3]);
});

test("peaks stand where they sound, and beyond the end there are none", () => {
  const short = { peaks: [1, 0.5], near: [], duration_s: 0.5, start_s: 0, end_s: 0.5 };
  expect(peaksWithin(short, [0, 1], 4)).toEqual([1, 0.5, 0, 0]);
  const long = { peaks: [1, 1, 1], near: [0.1, 0.2, 0.3, 0.4], duration_s: 90, start_s: 20, end_s: 22 };
  expect(peaksWithin(long, [20, 22], 2)).toEqual([0.2, 0.4]);
  expect(peaksWithin(long, [20, 24], 4)).toEqual([0.2, 0.4, 0, 0]);
});

test("like my take is from half as long to twice as long as what is heard of it", () => {
  const heard = heardOf({ id: "a", duration_s: 3, heard_s: [1, 1.8], repetitions_s: [], left_out: [], level_db: -20, room_db: null, loudness_lufs: -20 }, null);
  const take = { ...takeOf(1, "Take 1", soundOf([new Float32Array(3000)], 1000), null), heard };
  const { longer, shorter } = boundsOf({ kind: "take", seconds: 1 }, take);
  expect([longer, shorter]).toEqual([expect.closeTo(0.4, 9), expect.closeTo(1.6, 9)]);
  expect(boundsOf({ kind: "take", seconds: 1 }, null)).toEqual({});
  expect(boundsOf({ kind: "shorter", seconds: 2 }, take)).toEqual({ shorter: 2 });
  expect(boundsOf({ kind: "longer", seconds: 2 }, null)).toEqual({ longer: 2 });
  expect(boundsOf({ kind: "any", seconds: 2 }, take)).toEqual({});
});
