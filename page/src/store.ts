/** The state of the page, in one place. Views look at it and are told when it changes. */

import type { Take } from "./audio/take";
import { ANY_LENGTH, boundsOf, type Length } from "./length";
import { keptListening, type Listening } from "./listening";
import { keepsTakes } from "./kept-takes";
import type { Box } from "./map/geometry";
import { ALL, type Collection, type Library, type Query, type Refinement, type Sound, type Status, type Word } from "./types";

export interface State {
  status: Status | null;
  libraries: readonly Library[];
  /** The id of the library that is searched, or `ALL`. */
  lib: string | null;
  /** The ids of those that are searched where not all are; empty is all of them. */
  among: readonly string[];
  reachable: boolean;

  recording: "off" | "asking" | "on";
  fault: string | null;
  takes: readonly Take[];
  take: Take | null;
  /** Other takes of the same sound, which are searched for together with it. */
  also: readonly Take[];
  /** Whether the next take joins. */
  adding: boolean;
  /** Whether takes survive a reload, in this browser. */
  keepsTakes: boolean;

  text: string;
  folder: string;
  favourites: boolean;
  kinds: readonly string[];
  length: Length;
  /** As they were typed, such as C3-B3 and 118-124; empty for any. */
  pitch: string;
  tempo: string;
  collections: readonly Collection[];
  collection: number | null; // the id of the one that is shown
  refinements: readonly Refinement[];
  /** The part of the map that is searched; null is all of it, and what is on no map. */
  box: Box | null;

  items: readonly Sound[];
  total: number;
  nearest: Word;
  missing: string | null; // what is not in the list because it does not answer
  ms: number | null;
  searching: boolean;
  failure: string | null;

  selected: number;
  /** What was chosen on the map and is not in the list, while nothing in the list is selected. */
  picked: Sound | null;
  /** Marked sounds by their keys: they stay marked whatever is searched next. */
  marked: ReadonlyMap<string, Sound>;
  playing: string | null; // the key of a sound
  details: boolean;
  why: boolean;
  map: boolean;
  listening: Listening;
}

const START: State = {
  status: null, libraries: [], lib: null, among: [], reachable: true,
  recording: "off", fault: null, takes: [], take: null, also: [], adding: false, keepsTakes: keepsTakes(),
  text: "", folder: "", favourites: false, kinds: [], length: ANY_LENGTH, pitch: "", tempo: "", collections: [], collection: null, refinements: [], box: null,
  items: [], total: 0, nearest: null, missing: null, ms: null, searching: false, failure: null,
  selected: -1, picked: null, marked: new Map(), playing: null, details: false, why: false, map: false, listening: keptListening(),
};

export class Store {
  private current: State = START;
  private readonly watchers: { keys: readonly (keyof State)[]; tell: () => void }[] = [];

  get state(): State {
    return this.current;
  }

  /** Changes some of the state; those who watch a value that became another one are told at once. */
  set(patch: Partial<State>): void {
    const before = this.current;
    this.current = { ...before, ...patch };
    for (const { keys, tell } of this.watchers) if (keys.some((key) => this.current[key] !== before[key])) tell();
  }

  /** Calls `tell` now, and whenever one of the values becomes another one. */
  watch(keys: readonly (keyof State)[], tell: () => void): void {
    this.watchers.push({ keys, tell });
    tell();
  }

  get sound(): Sound | null {
    return this.current.items[this.current.selected] ?? this.current.picked;
  }

  get library(): Library | null {
    return this.current.libraries.find(({ id }) => id === this.current.lib) ?? null;
  }

  /** The libraries that are searched. */
  get searched(): readonly Library[] {
    const { libraries, lib, among } = this.current;
    return libraries.filter(({ id }) => (lib === ALL ? among.length === 0 || among.includes(id) : id === lib));
  }

  get query(): Query {
    const { among, take, also, text, folder, favourites, collection, kinds, length, pitch, tempo, refinements, box } = this.current;
    const takes = (take ? [take, ...also] : []).flatMap(({ id }) => id ?? []);
    return { among, takes, text, folder, favourites, collection, kinds, ...boundsOf(length, take), pitch, tempo, refinements, box };
  }
}
