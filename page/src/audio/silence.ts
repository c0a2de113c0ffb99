/** When a take has begun, when it is over, and what of it to keep. */

export const SILENCE_S = 0.8;
export const MAX_TAKE_S = 8;
const SOUND_S = 0.05; // shorter than this is a knock on the desk
const MARGIN_S = 0.06; // kept on both sides of the sound
const QUIETEST = 0.002; // -54 dB of full scale: below it all is silence
const LOUDEST_FLOOR = 0.05; // a room is not louder than this: it is the voice that began at once
const ABOVE_FLOOR = 3; // 10 dB above the room
const BELOW_PEAK = 0.02; // 34 dB below the loudest is the tail of a room

export type Hearing = "nothing yet" | "sound" | "silence after it" | "over";

/** Listens to a take, one block after another. Levels are the root mean squares of blocks, in [0, 1]. */
export class SilenceDetector {
  readonly levels: number[] = [];
  private floor = Infinity;
  private peak = 0;
  private soundS = 0;
  private silent = 0;

  constructor(readonly blockS: number) {}

  /** What is loud enough to be meant: above the room, and not a mere tail of the loudest. */
  get threshold(): number {
    return Math.max(QUIETEST, Math.min(this.floor, LOUDEST_FLOOR / ABOVE_FLOOR) * ABOVE_FLOOR, this.peak * BELOW_PEAK);
  }

  /** How long the silence has lasted, in seconds. */
  get silentS(): number {
    return this.silent;
  }

  hear(level: number): Hearing {
    this.levels.push(level);
    this.floor = Math.min(this.floor, level);
    this.peak = Math.max(this.peak, level);
    if (level > this.threshold) {
      this.soundS += this.blockS;
      this.silent = 0;
    } else {
      this.silent += this.blockS;
      if (this.soundS < SOUND_S && this.silentS > SOUND_S) this.soundS = 0;
    }
    if (this.levels.length * this.blockS >= MAX_TAKE_S) return "over";
    if (this.soundS < SOUND_S) return "nothing yet";
    if (this.silentS >= SILENCE_S) return "over";
    return this.silentS > 0 ? "silence after it" : "sound";
  }

  /** Whether nothing in the take was loud enough to be a sound. */
  get isSilent(): boolean {
    return this.peak <= QUIETEST;
  }

  /** Where the sound begins and ends, in seconds, with a small margin; the whole take if there is none. */
  get kept(): [number, number] {
    const loud = (level: number): boolean => level > this.threshold;
    const first = this.levels.findIndex(loud);
    const last = this.levels.findLastIndex(loud);
    const endS = this.levels.length * this.blockS;
    if (first < 0) return [0, endS];
    return [Math.max(0, first * this.blockS - MARGIN_S), Math.min(endS, (last + 1) * this.blockS + MARGIN_S)];
  }
}

/** The root mean square of samples. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
