import { expect, test } from "vitest";

import { contentOf, heardOf, levelOf, soundOf, takeOf } from "../src/audio/take";
import { heardWords } from "../src/views/heard";
import { ordinal } from "../src/words";

const ANSWER = {
  id: "a", duration_s: 2.6, heard_s: [1.5, 2], repetitions_s: [[0.75, 1.25], [1.5, 2]],
  left_out: [{ kind: "click", span_s: [0.25, 0.3] }], level_db: -20.2, room_db: -62.4, loudness_lufs: -18,
} satisfies Parameters<typeof heardOf>[0];

test("the whole recording is sent, or the cut, or the file as it came", async () => {
  const sound = soundOf([new Float32Array(1000), new Float32Array(1000).fill(0.5)], 1000);
  const take = takeOf(1, "Take 1", sound, null);
  expect(sound.durationS).toBe(1);
  expect(contentOf(take).size).toBe(44 + 2 * 2 * 1000);
  expect(contentOf({ ...take, cut: [0.2, 0.5] }).size).toBe(44 + 2 * 2 * 300);
  const file = new Blob(["RIFF"]);
  expect(contentOf({ ...take, file })).toBe(file);
  expect(contentOf({ ...take, file, cut: [0.2, 0.5] }).size).toBe(44 + 2 * 2 * 300);
});

test("the loudest channel is what is drawn", () => {
  expect(soundOf([Float32Array.of(0, 0.5), Float32Array.of(0.25, -0.5)], 1000).peaks).toEqual([0.5, 1]);
});

test("times are those of the whole take, also where a piece of it was sent", () => {
  const { span, repetitions, leftOut, durationS } = heardOf(ANSWER, [1, 3.6]);
  expect([span, durationS]).toEqual([[2.5, 3], 2.6]);
  expect(repetitions).toEqual([[1.75, 2.25], [2.5, 3]]);
  expect(leftOut[0]?.span).toEqual([1.25, 1.3]);
});

test("what is heard is said in words", () => {
  const words = "0.50 s heard of 2.60 s, in a room 42 dB below your voice. Said 2 times: the 2nd is searched for. Left out: a click.";
  expect(heardWords(heardOf(ANSWER, null), false)).toBe(words);
  const clean = { ...ANSWER, heard_s: [0.05, 2.6] as [number, number], repetitions_s: [], left_out: [], room_db: null };
  expect(heardWords(heardOf(clean, null), false)).toBe("2.55 s heard.");
  const noisy = { ...clean, heard_s: [1, 2] as [number, number], left_out: ["click", "click", "breath"].map((kind) => ({ kind, span_s: [0, 0.1] as [number, number] })) };
  expect(heardWords(heardOf(noisy, [1, 3.6]), true)).toBe("1.00 s heard of a piece of 2.60 s. Left out: 2 clicks and a breath.");
});

test("a take is as loud as the server heard it, and its peak is that of its loudest channel", () => {
  const sound = soundOf([Float32Array.of(0, 0.5), Float32Array.of(0.25, -0.75)], 1000);
  expect(levelOf(takeOf(1, "Take 1", sound, null))).toBeNull();
  expect(levelOf({ ...takeOf(1, "Take 1", sound, null), heard: heardOf(ANSWER, null) })).toEqual({ loudness_lufs: -18, peak: 0.75 });
});

test("ordinal numbers", () => {
  expect([1, 2, 3, 4, 11, 12, 21].map(ordinal)).toEqual(["1st", "2nd", "3rd", "4th", "11th", "12th", "21st"]);
});
