/** What somebody has said of a sound and not sent yet: it survives a reload of the tab. */

import type { Ratings } from "./api";

const KEY = "menura.study.draft";

export interface Draft {
  turn: number;
  ratings: Ratings;
  /** The place, from 1, of the one that it is; 0 for none; null before anything is said. */
  chosen: number | null;
}

/** The draft of a sound with so many results: what is kept of it, or nothing yet. */
export function draftOf(turn: number, results: number): Draft {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Draft | null;
    if (kept?.turn === turn && kept.ratings.length === results) return kept;
  } catch {
    // nothing that can be read
  }
  return { turn, ratings: Array.from({ length: results }, () => null), chosen: null };
}

export function keepDraft(draft: Draft): void {
  sessionStorage.setItem(KEY, JSON.stringify(draft));
}

/** Whether all is said: each result rated, but for those that cannot be played, and one chosen or none. */
export function isWhole({ ratings, chosen }: Draft, silent: ReadonlySet<number>): boolean {
  return chosen !== null && ratings.every((rating, place) => rating !== null || silent.has(place));
}
