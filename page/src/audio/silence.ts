/** When a take has begun, and when it is over. What of it is heard is for the server to say. */

export const SILENCE_S = 0.8;
export const MAX_TAKE_S = 8;
const SOUND_S = 0.05; // shorter than this is a knock on the desk
const QUIETEST = 0.002; // -54 dB of full scale: below it all is silence
const LOUDEST_FLOOR = 0.05; // a room is not louder than this: it is the voice that began at once
const ABOVE_FLOOR = 3; // 10 dB above the room
const BELOW_PEAK = 0.02; // 34 dB below the loudest is the tail of a room
const MUTED = 0.00005; // -86 dB: a microphone that is on is louder

export type Hearing = "nothing yet" | "sound" | "silence after it" | "over";

/** Listens to a take, one block after another. Levels are the root mean squares of blocks, in [0, 1]. */
export class SilenceDetector {
  private floor = Infinity;
  private peak = 0;
  private soundS = 0;
  private silentS = 0;
  private elapsed = 0;
  private began: number | null = null;

  constructor(readonly blockS: number) {}

  /** What is loud enough to be meant: above the room, and not a mere tail of the loudest. */
  get threshold(): number {
    return Math.max(QUIETEST, Math.min(this.floor, LOUDEST_FLOOR / ABOVE_FLOOR) * ABOVE_FLOOR, this.peak * BELOW_PEAK);
  }

  /** How long it has listened, in seconds. */
  get elapsedS(): number {
    return this.elapsed;
  }

  /** When the sound began, in seconds; null before it does. */
  get beganS(): number | null {
    return this.began;
  }

  hear(level: number): Hearing {
    this.elapsed += this.blockS;
    this.floor = Math.min(this.floor, level);
    this.peak = Math.max(this.peak, level);
    if (level > this.threshold) {
      this.soundS += this.blockS;
      this.silentS = 0;
    } else {
      this.silentS += this.blockS;
      if (this.soundS < SOUND_S && this.silentS > SOUND_S) this.soundS = 0;
    }
    if (this.soundS >= SOUND_S) this.began ??= this.elapsed - this.soundS;
    if (this.elapsed >= MAX_TAKE_S) return "over";
    if (this.began === null) return "nothing yet";
    if (this.silentS >= SILENCE_S) return "over";
    return this.silentS > 0 ? "silence after it" : "sound";
  }

  /** Whether the microphone gave nothing at all, not even a room. */
  get isMuted(): boolean {
    return this.peak <= MUTED;
  }
}

/** The root mean square of samples. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
