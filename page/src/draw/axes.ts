/** Ticks for the axes of spectrograms and waveforms. */

import { hertz } from "../words";

export interface Tick {
  /** Share of the axis in [0, 1], from the left or from the bottom. */
  at: number;
  label: string;
}

const STEPS_S = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800];
const ROUND_HZ = [100, 200, 500, 1000, 2000, 5000, 10000, 20000];

/** Four to eight round times between two times in seconds. */
export function timeTicks(startS: number, endS: number): Tick[] {
  const length = endS - startS;
  if (!(length > 0)) return [];
  const step = STEPS_S.find((s) => length / s <= 7) ?? 3600;
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const first = Math.ceil(startS / step - 1e-9);
  const ticks: Tick[] = [];
  for (let i = first; i * step <= endS + 1e-9; i++) ticks.push({ at: (i * step - startS) / length, label: `${(i * step).toFixed(digits)} s` });
  return ticks;
}

/** Round frequencies at the bands that hold them; bands are equally high. */
export function hertzTicks(bandHz: readonly number[]): Tick[] {
  const [lowest, highest] = [bandHz[0], bandHz.at(-1)];
  if (lowest === undefined || highest === undefined) return [];
  const ticks: Tick[] = [];
  for (const hz of ROUND_HZ.filter((one) => one >= lowest && one <= highest)) {
    const above = bandHz.findIndex((centre) => centre >= hz);
    const [low, high] = [bandHz[above - 1] ?? lowest, bandHz[above] ?? highest];
    const band = above - (high > low ? (high - hz) / (high - low) : 0);
    const at = (band + 0.5) / bandHz.length;
    if (at - (ticks.at(-1)?.at ?? -1) > 0.11) ticks.push({ at, label: hertz(hz) });
  }
  return ticks;
}
