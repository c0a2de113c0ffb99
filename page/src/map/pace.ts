/**
 * How many of the points are drawn while the map moves: all that there is time for.
 *
 * A graphics processor draws a hundred thousand between two frames. Without one they take four; so as long as frames
 * come late, fewer are drawn, and all of them again as soon as the map is still.
 */

const LATE_MS = 21; // between two frames of a movement: fewer than 50 a second
const EARLY_MS = 18;
const APART_MS = 250; // what is drawn so long after another is no movement
const LEAST = 0.04;

export class Pace {
  private share = 1;
  private last = -Infinity;

  /** The share of the points to draw now, at a time in milliseconds. */
  next(now: number): number {
    const gap = now - this.last;
    this.last = now;
    if (gap > APART_MS) return this.share;
    if (gap > LATE_MS) this.share = Math.max(LEAST, 0.75 * this.share);
    else if (gap < EARLY_MS) this.share = Math.min(1, 1.05 * this.share);
    return this.share;
  }
}

/** An order of n things such that any beginning of it is spread evenly over all of them. */
export function spread(n: number): Uint32Array {
  let step = Math.max(1, Math.round(0.618034 * n));
  while (divisor(step, n) !== 1) step++;
  return Uint32Array.from({ length: n }, (_, i) => (i * step) % n);
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
