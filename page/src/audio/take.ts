/** A take: what was recorded or dropped, and the piece of it that is searched for. Times are in seconds. */

import type { TakeAnswer } from "../types";
import { encodeWav } from "./wav";

const PEAKS = 400;

export interface Take {
  readonly key: number;
  readonly name: string;
  /** Null if the browser cannot read the file; then the server gets it as it is. */
  readonly sound: { readonly samples: Float32Array<ArrayBuffer>; readonly rateHz: number; readonly peaks: readonly number[] } | null;
  readonly file: Blob | null;
  /** What is searched for; null is the beginning, as the server hears it. */
  readonly cut: readonly [number, number] | null;
  /** The server's name for it, null until it is there. */
  readonly id: string | null;
  readonly heard: readonly [number, number] | null;
  /** An upload that began before the recording had ended; null where it came to nothing. */
  readonly early: Promise<TakeAnswer | null> | null;
}

export function takeOf(key: number, name: string, samples: Float32Array<ArrayBuffer>, rateHz: number): Take {
  return { key, name, sound: { samples, rateHz, peaks: peaksOf(samples) }, file: null, cut: null, id: null, heard: null, early: null };
}

export function durationOf(take: Take): number {
  return take.sound ? take.sound.samples.length / take.sound.rateHz : (take.heard?.[1] ?? 0);
}

/** What the server gets: the cut as 16-bit wav, or the file as it is. */
export function soundOf(take: Take): Blob {
  if (!take.sound) return take.file ?? new Blob();
  return wavOf(take.sound.samples, take.sound.rateHz, take.cut);
}

/** A piece of samples as a wav file. */
export function wavOf(samples: Float32Array<ArrayBuffer>, rateHz: number, cut: readonly [number, number] | null): Blob {
  const piece = cut ? samples.subarray(Math.round(cut[0] * rateHz), Math.round(cut[1] * rateHz)) : samples;
  return new Blob([encodeWav(piece, rateHz)], { type: "audio/wav" });
}

/** The largest magnitudes of up to 400 equal pieces, relative to the loudest, in [0, 1]. */
export function peaksOf(samples: Float32Array): number[] {
  const n = Math.min(PEAKS, samples.length);
  const peaks = Array.from({ length: n }, (_, i) => {
    const piece = samples.subarray(Math.floor((i * samples.length) / n), Math.floor(((i + 1) * samples.length) / n));
    return piece.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  });
  const loudest = Math.max(...peaks, 1e-6);
  return peaks.map((peak) => peak / loudest);
}

/** A file's samples, mono, up to `maxS`; null if the browser cannot read it. */
export async function decode(file: Blob, maxS: number): Promise<{ samples: Float32Array<ArrayBuffer>; rateHz: number } | null> {
  try {
    const context = new OfflineAudioContext(1, 1, 44100);
    const decoded = await context.decodeAudioData(await file.arrayBuffer());
    const samples = new Float32Array(Math.min(decoded.length, Math.round(maxS * decoded.sampleRate)));
    for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
      const data = decoded.getChannelData(channel);
      for (let i = 0; i < samples.length; i++) samples[i]! += (data[i] ?? 0) / decoded.numberOfChannels;
    }
    return { samples, rateHz: decoded.sampleRate };
  } catch {
    return null;
  }
}
