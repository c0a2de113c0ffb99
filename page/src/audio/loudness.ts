/** How much louder or softer a sound is played than it is. */

import type { Level } from "../types";

/** What sounds are brought to: low enough that most one-shots, whose peaks are far above, reach it without clipping. */
const MATCHED_LUFS = -20;
const MOST_DB = 24; // beyond it, what is raised is the noise of a recording

/** A factor of amplitude. It never lifts the peak of a sound above full scale. */
export function gainOf(level: Level | null, matched: boolean): number {
  if (!matched || !level) return 1;
  const wanted = 10 ** (Math.min(MOST_DB, MATCHED_LUFS - level.loudness_lufs) / 20);
  return Math.min(wanted, 1 / Math.max(level.peak, 1e-6));
}
