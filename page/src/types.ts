/** What the server answers, under the page's names for it, and what the page asks. Times are in seconds, frequencies in Hz. */

import type { Box } from "./map/geometry";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Status = Schemas["Status"];
export type Library = Schemas["LibraryState"];
export type Collection = Schemas["CollectionState"];
export type Exported = Schemas["Exported"];
export type KnownFolder = Schemas["KnownFolder"];
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
export type ColourBy = MapState["colours"][number];
export type Level = Schemas["Level"];
export type Explanation = Schemas["Explained"];
/** What is explained: the spectrograms of both. */
export type Compared = Schemas["Compared"];

/** A sound's id is its own within its library alone. */
export const keyOf = ({ library, id }: { library: string; id: number }): string => `${library}/${id}`;
/** What stands for every library, where one is chosen. */
export const ALL = "all";

export type Refinement = { kind: "like" | "unlike"; library: string; id: number; name: string };

export interface Query {
  /** Of which libraries, where several are searched and not all. */
  among: readonly string[];
  /** Of one sound; several are one query. */
  takes: readonly string[];
  text: string;
  folder: string;
  favourites: boolean;
  collection: number | null;
  kinds: readonly string[];
  longer?: number;
  shorter?: number;
  pitch: string;
  tempo: string;
  refinements: readonly Refinement[];
  box: Box | null;
}
