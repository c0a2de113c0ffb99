/** A take: what was recorded or dropped, whole, and what is heard of it. Times are in seconds, from the take's beginning. */

import type { Level, TakeAnswer } from "../types";
import { encodeWav } from "./wav";

const PEAKS = 400;

export type Span = readonly [startS: number, endS: number];

export interface Sound {
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  readonly rateHz: number;
  readonly durationS: number;
  readonly peaks: readonly number[];
  /** The largest magnitude, in [0, 1]. */
  readonly peak: number;
}

/** What the server hears of a take. */
export interface Heard {
  /** What it listened to: the cut, or the whole take. */
  readonly durationS: number;
  readonly span: Span;
  /** Each time that it was said; empty if it was said once. */
  readonly repetitions: readonly Span[];
  readonly leftOut: readonly { readonly kind: string; readonly span: Span }[];
  readonly levelDb: number;
  readonly roomDb: number | null;
  readonly loudnessLufs: number;
}

export interface Take {
  readonly key: number;
  readonly name: string;
  /** Null if the browser cannot read the file; then the server alone hears it. */
  readonly sound: Sound | null;
  /** The file that it came as; null for a recording. */
  readonly file: Blob | null;
  /** The piece that the user has cut out; null is the whole. */
  readonly cut: Span | null;
  /** The server's name for it, null until it is there. */
  readonly id: string | null;
  readonly heard: Heard | null;
  /** Why the server does not search for it, in words. */
  readonly refused: string | null;
}

export function takeOf(key: number, name: string, sound: Sound | null, file: Blob | null): Take {
  return { key, name, sound, file, cut: null, id: null, heard: null, refused: null };
}

export function soundOf(channels: readonly Float32Array<ArrayBuffer>[], rateHz: number): Sound {
  return { channels, rateHz, durationS: (channels[0]?.length ?? 0) / rateHz, peaks: peaksOf(channels), peak: Math.min(1, Math.max(0, ...channels.map(peakOf))) };
}

export function durationOf(take: Take): number {
  return take.sound?.durationS ?? take.heard?.durationS ?? 0;
}

/** What the server gets and a user saves: the cut, the file as it came, or the whole recording. */
export function contentOf({ sound, file, cut }: Take): Blob {
  return (cut ? null : file) ?? (sound ? wavOf(sound, cut) : new Blob());
}

/** A sound, or a piece of it, as a wav file. */
export function wavOf({ channels, rateHz }: Sound, cut: Span | null): Blob {
  const pieces = cut ? channels.map((samples) => samples.subarray(Math.round(cut[0] * rateHz), Math.round(cut[1] * rateHz))) : channels;
  return new Blob([encodeWav(pieces, rateHz)], { type: "audio/wav" });
}

/** What was heard of a take of which `cut` was sent. */
export function heardOf(answer: TakeAnswer, cut: Span | null): Heard {
  const moved = ([start, end]: [number, number]): Span => [start + (cut?.[0] ?? 0), end + (cut?.[0] ?? 0)];
  return {
    durationS: answer.duration_s,
    span: moved(answer.heard_s),
    repetitions: answer.repetitions_s.map(moved),
    leftOut: answer.left_out.map(({ kind, span_s }) => ({ kind, span: moved(span_s) })),
    levelDb: answer.level_db,
    roomDb: answer.room_db,
    loudnessLufs: answer.loudness_lufs,
  };
}

function peakOf(samples: Float32Array): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

/** How loud a take is; null while the server has not heard it. */
export function levelOf({ heard, sound }: Take): Level | null {
  return heard && sound ? { loudness_lufs: heard.loudnessLufs, peak: sound.peak } : null;
}

/** The largest magnitudes of up to 400 equal pieces in any channel, relative to the loudest, in [0, 1]. */
export function peaksOf(channels: readonly Float32Array[]): number[] {
  const length = channels[0]?.length ?? 0;
  const n = Math.min(PEAKS, length);
  const peaks = Array.from({ length: n }, (_, i) => {
    const [from, to] = [Math.floor((i * length) / n), Math.floor(((i + 1) * length) / n)];
    return Math.max(...channels.map((samples) => peakOf(samples.subarray(from, to))));
  });
  const loudest = Math.max(...peaks, 1e-6);
  return peaks.map((peak) => peak / loudest);
}

/** What a file holds, up to `maxS`, and whether that is all; null if the browser cannot read it. */
export async function decode(file: Blob, maxS: number): Promise<{ sound: Sound; whole: boolean } | null> {
  try {
    const context = new OfflineAudioContext(1, 1, 44100);
    const decoded = await context.decodeAudioData(await file.arrayBuffer());
    const length = Math.min(decoded.length, Math.round(maxS * decoded.sampleRate));
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, channel) => decoded.getChannelData(channel).slice(0, length));
    return { sound: soundOf(channels, decoded.sampleRate), whole: length === decoded.length };
  } catch {
    return null;
  }
}
