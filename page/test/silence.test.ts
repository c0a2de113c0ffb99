import { expect, test } from "vitest";

import { MAX_TAKE_S, SILENCE_S, SilenceDetector, rms } from "../src/audio/silence";

const BLOCK_S = 0.02;

/** Feeds levels for some seconds each; the time at which the take was over, or null. */
function listen(parts: [level: number, seconds: number][]): { over: number | null; detector: SilenceDetector } {
  const detector = new SilenceDetector(BLOCK_S);
  let time = 0;
  for (const [level, seconds] of parts) {
    for (let i = 0; i < Math.round(seconds / BLOCK_S); i++) {
      time += BLOCK_S;
      if (detector.hear(level) === "over") return { over: time, detector };
    }
  }
  return { over: null, detector };
}

test("a take is over after the silence that follows sound, and it is known when the sound began", () => {
  const { over, detector } = listen([[0.0005, 1], [0.2, 0.6], [0.0005, 3]]);
  expect(over).toBeCloseTo(1.6 + SILENCE_S, 1);
  expect(detector.beganS).toBeCloseTo(1, 2);
  expect(detector.elapsedS).toBeCloseTo(over ?? 0, 6);
});

test("silence before any sound ends nothing", () => {
  expect(listen([[0.0005, 5]]).over).toBeNull();
});

test("a pause shorter than the silence belongs to the take", () => {
  expect(listen([[0.001, 0.2], [0.3, 0.3], [0.001, 0.6], [0.3, 0.3], [0.001, 0.3]]).over).toBeNull();
});

test("a noisy room is not taken for a voice, and its noise ends a take like silence", () => {
  expect(listen([[0.01, 3]]).over).toBeNull();
  expect(listen([[0.01, 0.5], [0.2, 0.5], [0.012, 2]]).over).toBeCloseTo(1 + SILENCE_S, 1);
});

test("a voice that begins at once is not taken for the room", () => {
  expect(listen([[0.2, 1], [0.001, 2]]).over).toBeCloseTo(1 + SILENCE_S, 1);
});

test("a knock does not begin a take", () => {
  const { over, detector } = listen([[0.001, 0.3], [0.5, 0.02], [0.001, 3]]);
  expect([over, detector.beganS]).toEqual([null, null]);
  expect(listen([[0.001, 0.3], [0.5, 0.02], [0.001, 0.7], [0.2, 0.5]]).detector.beganS).toBeCloseTo(1.02, 2);
});

test("no take is longer than the longest", () => {
  expect(listen([[0.2, 20]]).over).toBeCloseTo(MAX_TAKE_S, 1);
});

test("a muted microphone is told from a room", () => {
  expect(listen([[0, 2]]).detector.isMuted).toBe(true);
  expect(listen([[0.0001, 2]]).detector.isMuted).toBe(false);
});

test("the level is the root mean square", () => {
  expect(rms(Float32Array.of(0.6, -0.8))).toBeCloseTo(Math.SQRT1_2, 6);
});
