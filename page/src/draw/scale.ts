/** One scale of time for the pictures of all rows: what is twice as long is drawn twice as long. */

import type { Sound, View } from "../types";
import type { Span } from "../audio/take";
import type { Tick } from "./axes";

const ROUND_S = [0.25, 0.5, 1, 2];
const FIRST = 30; // the scale is that of the first page, and stays as the list grows

/** How many seconds a row shows: a round number that holds the longest of the first sounds, and a window at most. */
export function secondsShown(sounds: readonly Pick<Sound, "duration_s">[], windowS: number): number {
  const longest = Math.max(0, ...sounds.slice(0, FIRST).map(({ duration_s }) => duration_s));
  return ROUND_S.find((seconds) => seconds >= longest && seconds < windowS) ?? windowS;
}

/** Which part of its file a row shows, in seconds: from the beginning where all fits, else from the match. */
export function spanShown({ duration_s: duration, start_s: start }: Pick<Sound, "duration_s" | "start_s">, shownS: number): Span {
  const from = duration <= shownS ? 0 : Math.max(0, Math.min(start ?? 0, duration - shownS));
  return [from, from + shownS];
}

/** Three or four lines at round times. */
export function scaleTicks(shownS: number): Tick[] {
  const parts = shownS > 2 ? Math.round(shownS) : 2;
  return Array.from({ length: parts + 1 }, (_, i) => ({ at: i / parts, label: `${Number(((i * shownS) / parts).toFixed(3))}${i === parts ? " s" : ""}` }));
}

/** Peaks of a part of a file, from what is known of the whole and of the window; beyond the end there are none. */
export function peaksWithin(view: Pick<View, "peaks" | "near" | "duration_s" | "start_s" | "end_s">, [from, to]: Span, count: number): number[] {
  const near = view.near.length > 0;
  const [peaks, start, end] = near ? [view.near, view.start_s, view.end_s] : [view.peaks, 0, view.duration_s];
  const perSecond = peaks.length / Math.max(end - start, 1e-6);
  return Array.from({ length: count }, (_, i) => {
    const [first, last] = [0, 1].map((side) => (from + ((i + side) * (to - from)) / count - start) * perSecond) as [number, number];
    if (last <= 0 || first >= peaks.length) return 0;
    return Math.max(0, ...peaks.slice(Math.max(0, Math.floor(first)), Math.max(1, Math.ceil(last - 1e-9))));
  });
}
