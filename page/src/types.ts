/** What the server answers. Times are in seconds, frequencies in Hz. */

export interface Status {
  version: string;
  model: string;
  gallery: boolean;
  gallery_key: string | null;
  max_take_s: number;
  sample_rate_hz: number;
}

export interface Progress {
  done: number;
  total: number;
  skipped: number;
  seconds_left: number | null;
}

export interface Library {
  id: string;
  name: string;
  folder: string;
  state: "new" | "indexing" | "ready" | "incomplete" | "failed";
  error: string | null;
  sounds: number;
  segments: number;
  seconds: number;
  skipped: number;
  progress: Progress | null;
}

export interface Sound {
  id: number;
  path: string;
  name: string;
  folder: string;
  duration_s: number;
  score: number | null;
  start_s: number | null;
  end_s: number | null;
  favourite: boolean;
}

export interface SoundDetails extends Sound {
  size_bytes: number;
  modified: string;
  sample_rate_hz: number;
  channels: number;
  format: string;
  absolute_path: string;
}

export interface SearchAnswer {
  total: number;
  items: Sound[];
  indexing: boolean;
  ms: { embed: number; scan: number; total: number };
}

/** The waveform of a whole file, and the log-mel spectrogram of the window at `start_s`. */
export interface View {
  duration_s: number;
  start_s: number;
  end_s: number;
  peaks: number[];
  log_mel: string;
  bands: number;
  frames: number;
  band_hz: number[];
  frame_s: number;
}

export interface Side {
  start_s: number;
  end_s: number;
  log_mel: string;
  bands: number;
  frames: number;
  band_hz: number[];
  frame_s: number;
  contribution: string;
}

export interface Explanation {
  logit: number;
  score: number;
  words: string[];
  imitation: Side;
  recording: Side;
}

export interface FolderCount {
  folder: string;
  sounds: number;
}

export interface Skipped {
  total: number;
  items: { path: string; reason: string }[];
}

export interface TakeAnswer {
  id: string;
  duration_s: number;
  heard_s: [number, number];
}

export type Refinement = { kind: "like" | "unlike"; id: number; name: string };

export interface Query {
  take: string | null;
  text: string;
  folder: string;
  favourites: boolean;
  refinements: readonly Refinement[];
}
