/** What the server answers, under the page's names for it, and what the page asks. Times are in seconds, frequencies in Hz. */

import type { Box } from "./map/geometry";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Status = Schemas["Status"];
export type Library = Schemas["LibraryState"];
export type FolderCount = Schemas["Folder"];
export type KindCount = Schemas["KindCount"];
export type Skipped = Schemas["SkippedFiles"];
export type Sound = Schemas["Sound"];
export type SoundDetails = Schemas["SoundDetails"];
/** What a score says, where the model says so. */
export type Word = Sound["word"];
export type SearchAnswer = Schemas["Found"];
export type TakeAnswer = Schemas["Take"];
/** The waveform of a whole file, and the log-mel spectrogram of the window at `start_s`. */
export type View = Schemas["View"];
export type MapState = Schemas["MapState"];
/** What the points of a map can be coloured by. */
export type ColourBy = "folder";
export type Level = Schemas["Level"];
export type Explanation = Schemas["Explained"];

export type Refinement = { kind: "like" | "unlike"; id: number; name: string };

export interface Query {
  /** Of one sound; several are one query. */
  takes: readonly string[];
  text: string;
  folder: string;
  favourites: boolean;
  kinds: readonly string[];
  longer?: number;
  shorter?: number;
  refinements: readonly Refinement[];
  box: Box | null;
}
