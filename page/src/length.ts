/** Which lengths are looked among. */

import { durationOf, type Take } from "./audio/take";

export type LengthKind = "any" | "shorter" | "longer" | "take";

export interface Length {
  kind: LengthKind;
  seconds: number;
}

export const ANY_LENGTH: Length = { kind: "any", seconds: 1 };
export const LENGTHS: readonly (readonly [LengthKind, string])[] = [
  ["any", "Any length"],
  ["shorter", "Shorter than"],
  ["longer", "Longer than"],
  ["take", "Like my take"],
];
const LIKE = 2; // half as long to twice as long as what is heard of the take

/** The bounds that the search is asked for, in seconds. */
export function boundsOf({ kind, seconds }: Length, take: Take | null): { longer?: number; shorter?: number } {
  if (kind === "shorter") return { shorter: seconds };
  if (kind === "longer") return { longer: seconds };
  if (kind === "any" || !take) return {};
  const heardS = take.heard ? take.heard.span[1] - take.heard.span[0] : durationOf(take);
  return heardS > 0 ? { longer: heardS / LIKE, shorter: heardS * LIKE } : {};
}
