/** What the user can do. Views and keys call this; it changes the state. */

import type { Api } from "./api";
import { microphoneFault, silentFault } from "./audio/faults";
import { gainOf } from "./audio/loudness";
import type { Manner, Player } from "./audio/player";
import { Recorder, type Listener, type Recorded } from "./audio/recorder";
import { decode, levelOf, soundOf, takeOf, type Span, type Take } from "./audio/take";
import { Keeping } from "./keeping";
import { Marks } from "./marks";
import { Played } from "./played";
import { inWords, type Search } from "./search";
import type { Box } from "./map/geometry";
import type { Store } from "./store";
import { secondsShown } from "./draw/scale";
import type { Length } from "./length";
import { keyOf, type Refinement, type Sound } from "./types";
import type { ViewCache } from "./views-cache";

const PREPARED = 4;
const TAKES_KEPT = 24;
const TAKES_JOINED = 8;
const LEVEL_MS = 300; // a sound whose loudness is not known by then is played as it is
const LONGEST_S = 60; // until the server has said how long a take may be

/** What is not state: a word in passing, and the canvas that shows a recording under way. */
export interface Stage {
  say(words: string): void;
  heard: Listener["heard"];
}

export class Controller {
  private readonly recorder: Recorder;
  readonly marks: Marks;
  readonly keeping: Keeping;
  readonly played = new Played();
  /** The number of the last take. */
  takesMade = 0;

  constructor(
    readonly store: Store,
    readonly api: Api,
    readonly search: Search,
    readonly player: Player,
    private readonly views: ViewCache,
    private readonly stage: Stage,
  ) {
    this.marks = new Marks(store);
    this.keeping = new Keeping(search, api, stage);
    this.recorder = new Recorder({
      heard: (peak, hearing, times) => {
        if (store.state.recording !== "on") store.set({ recording: "on" });
        stage.heard(peak, hearing, times);
      },
      finished: (recorded) => this.recorded(recorded),
      failed: (error) => store.set({ recording: "off", fault: microphoneFault(error, Boolean(navigator.mediaDevices)) }),
    });
  }

  // Takes

  record(): void {
    if (this.store.state.recording !== "off") return this.recorder.stop();
    this.player.stop();
    this.store.set({ recording: "asking", fault: null });
    void this.recorder.start();
  }

  /** Gives a recording up. */
  cancel(): void {
    this.recorder.cancel();
    this.store.set({ recording: "off", adding: false });
  }

  private recorded({ samples, rateHz, muted, device }: Recorded): void {
    performance.mark("menura:recording-ended");
    this.store.set({ recording: "off" });
    if (samples.length === 0) return;
    if (muted) return this.store.set({ fault: silentFault(device) });
    this.add(takeOf(++this.takesMade, `Take ${this.takesMade}`, soundOf([samples], rateHz), null));
  }

  /** Searches for a file of the user's. */
  async drop(file: File): Promise<void> {
    this.player.stop();
    this.store.set({ fault: null });
    const { status } = this.store.state;
    const decoded = await decode(file, status?.max_take_s ?? LONGEST_S);
    // The file itself is sent, unless it is more than the server takes.
    const fits = decoded === null || (decoded.whole && file.size <= (status?.max_take_bytes ?? Infinity));
    this.add(takeOf(++this.takesMade, file.name, decoded?.sound ?? null, fits ? file : null));
  }

  /** Searches for what a simulated person makes of one of the sounds in the list. */
  async example(): Promise<void> {
    const { items } = this.store.state;
    const sound = items[Math.floor(Math.random() * items.length)];
    if (!sound) return this.stage.say("There is no sound yet to imitate: the library is still being read.");
    try {
      const made = await this.api.imitation(sound.library, sound.id, sound.start_s ?? 0, Math.floor(1e6 * Math.random()));
      await this.drop(new File([made], `Menura as ${sound.name}`, { type: "audio/wav" }));
    } catch (error) {
      this.stage.say(inWords(error) ?? "The server does not answer.");
    }
  }

  private add(take: Take): void {
    const { takes, take: before, also, adding } = this.store.state;
    const joined = adding && before ? [before, ...also].filter(({ refused }) => refused === null).slice(0, TAKES_JOINED - 1) : [];
    this.store.set({ takes: [take, ...takes].slice(0, TAKES_KEPT), take, also: joined, adding: false, refinements: [] });
    void this.search.run(true);
  }

  /** Lets the next take join those that are searched for, or no more. */
  join(): void {
    this.store.set({ adding: !this.store.state.adding });
    if (this.store.state.adding && this.store.state.recording === "off") this.record();
  }

  /** Takes one of several takes out of the query. */
  part(take: Take): void {
    const { take: current, also } = this.store.state;
    const [next = null, ...others] = take === current ? also : [current, ...also.filter((one) => one !== take)].filter((one) => one !== null);
    this.store.set({ take: next, also: others });
    void this.search.run(next !== null);
  }

  /** Searches for an earlier take, or for none. */
  choose(take: Take | null): void {
    this.player.stop();
    this.store.set({ take, also: [], adding: false, fault: null, refinements: [] });
    void this.search.run(take !== null);
  }

  /** Searches for a piece of the take, in seconds; null is the whole. */
  cut(piece: Span | null): void {
    const { take } = this.store.state;
    if (!take) return;
    this.search.replace(take, { ...take, cut: piece, id: null, heard: null, refused: null });
    void this.search.run(true);
  }

  // Listening

  private clip(sound: Sound, startS = sound.start_s ?? 0) {
    return { key: keyOf(sound), url: this.api.audioUrl(sound.library, sound.id), startS };
  }

  select(index: number): void {
    const { items, playing } = this.store.state;
    const selected = Math.max(-1, Math.min(index, items.length - 1));
    const moved = selected !== this.store.state.selected;
    this.store.set({ selected, picked: null });
    if (moved && playing !== null && this.store.sound) this.play(this.store.sound);
    else this.prepare();
  }

  /** Selects a sound of the map, which may be far down the list, or not in it. */
  pick(sound: Sound): void {
    const index = this.store.state.items.findIndex((one) => keyOf(one) === keyOf(sound));
    if (index >= 0) this.select(index);
    else this.store.set({ selected: -1, picked: sound });
  }

  /** Has the next sounds ready, the selected one first. */
  prepare(): void {
    const { items, selected } = this.store.state;
    const from = Math.max(0, selected);
    const next = [...items.slice(from, from + PREPARED), ...items.slice(Math.max(0, from - 1), from)];
    this.player.prepare(next.map((sound) => this.clip(sound)).reverse());
  }

  /** Plays a sound from its match or from `startS`; up to `untilS`, or to its end. It is one of those played last from now on. */
  play(sound: Sound, startS?: number, untilS: number | null = null): void {
    this.preview(sound, startS, untilS);
    this.played.add(sound);
    this.prepare();
  }

  /** Plays a sound in passing, which nothing remembers. */
  preview(sound: Sound, startS?: number, untilS: number | null = null): void {
    const clip = this.clip(sound, startS);
    const { start_s: from, end_s: to, duration_s: duration } = sound;
    // Of a long file the match is looped, and of any other all of it.
    const long = duration > this.shownS && from !== null;
    const until = untilS ?? (this.store.state.listening.loop && long ? to : null);
    const manner: Manner = { gain: this.gainOf(sound), untilS: until, againS: untilS !== null ? clip.startS : long ? from : 0 };
    this.player.play(clip, manner);
    this.store.set({ playing: clip.key });
  }

  /** How many seconds each row shows. */
  get shownS(): number {
    const { items, status } = this.store.state;
    return secondsShown(items, status?.window_s ?? 3);
  }

  private gainOf(sound: Sound): number | Promise<number> {
    const { matched } = this.store.state.listening;
    const key = [sound.library, sound.id, sound.start_s ?? 0] as const;
    const known = this.views.known(...key);
    if (!matched || known) return gainOf(known?.level ?? null, matched);
    const late = new Promise<null>((done) => setTimeout(() => done(null), LEVEL_MS));
    return Promise.race([this.views.get(...key, AbortSignal.timeout(LEVEL_MS)), late]).then((view) => gainOf(view?.level ?? null, true));
  }

  /** How much louder a take is played than it is. */
  gainOfTake(take: Take | null): number {
    return gainOf(take && levelOf(take), this.store.state.listening.matched);
  }

  /** Plays what plays as loud as it is to be now. */
  regain(): void {
    const { items, playing } = this.store.state;
    const sound = items.find((one) => keyOf(one) === playing);
    if (sound) void Promise.resolve(this.gainOf(sound)).then((gain) => this.store.state.playing === playing && this.player.regain(gain));
  }

  /** Says why a sound could not be played: the server knows, if it was the server that refused. */
  async sayWhyNot(key: string): Promise<void> {
    const [lib = "", id] = key.split("/");
    const why = await this.api.details(lib, Number(id)).then(() => null, inWords);
    this.stage.say(`This sound cannot be played: ${why ?? "the file may have been moved, or this browser does not know its format."}`);
  }

  toggle(sound: Sound, startS?: number): void {
    if (this.store.state.playing === keyOf(sound)) this.player.stop();
    else this.play(sound, startS);
  }

  // Refining

  refine(kind: Refinement["kind"], sound: Sound): void {
    const { library, id, name } = sound;
    const others = this.store.state.refinements.filter((one) => keyOf(one) !== keyOf(sound));
    const same = this.store.state.refinements.some((one) => keyOf(one) === keyOf(sound) && one.kind === kind);
    this.store.set({ refinements: same ? others : [...others, { kind, library, id, name }] });
    this.stage.say(same ? `Taken back: ${name}` : kind === "like" ? `More like ${name}` : `Hidden: ${name}`);
    this.player.stop();
    if (kind === "unlike" && !same) return this.hide(sound);
    void this.search.run(true);
  }

  /** Takes a sound out of the list at once; the one after it takes its place and the selection. */
  private hide(sound: Sound): void {
    const { items, total, selected } = this.store.state;
    const left = items.filter((one) => keyOf(one) !== keyOf(sound));
    this.store.set({ items: left, total: Math.max(0, total - 1), selected: Math.min(selected, left.length - 1) });
    void this.search.run("stay");
  }

  withdraw(refinement: Refinement): void {
    this.store.set({ refinements: this.store.state.refinements.filter((one) => keyOf(one) !== keyOf(refinement)) });
    void this.search.run(true);
  }

  undo(): void {
    const last = this.store.state.refinements.at(-1);
    if (!last) return this.stage.say("Nothing to undo");
    this.stage.say(last.kind === "like" ? `Undone: more like ${last.name}` : `Shown again: ${last.name}`);
    this.withdraw(last);
  }

  // Filters and libraries

  filter(patch: { text?: string; folder?: string; favourites?: boolean; collection?: number | null; kinds?: readonly string[]; length?: Length; pitch?: string; tempo?: string }): void {
    this.store.set(patch);
    if (patch.text === undefined) void this.search.run(this.store.state.take !== null);
    else this.search.soon();
  }

  /** Looks only in a part of the map; null is everywhere. */
  confine(box: Box | null): void {
    if (box === this.store.state.box) return;
    this.store.set({ box });
    void this.search.run(this.store.state.take !== null);
  }

  /** Searches one library, or `ALL`: those among them that are named, where some are. */
  switchLibrary(lib: string | null, among: readonly string[] = []): void {
    this.player.stop();
    this.store.set({ lib, among, folder: "", kinds: [], refinements: [], box: null, picked: null, items: [], total: 0, nearest: null, missing: null, selected: -1, details: false });
    void this.search.run(this.store.state.take !== null);
  }

  /** Plays any sound of those that the filters let through. */
  async surprise(): Promise<void> {
    try {
      const sound = await this.search.any();
      if (!sound) return this.stage.say("There is no sound to play");
      this.search.show(sound);
      this.play(sound);
      this.stage.say(`At random: ${sound.name}`);
    } catch (error) {
      this.stage.say(inWords(error) ?? "The server does not answer.");
    }
  }

  /** Shows a sound that was there before, if it still is. */
  async recall(library: string, id: number, path: string): Promise<void> {
    const known = this.store.state.items.findIndex((sound) => sound.library === library && sound.id === id && sound.path === path);
    if (known >= 0) return this.select(known);
    const sound = await this.api.details(library, id).catch(() => null);
    if (sound?.path === path) this.search.show(sound);
    else this.stage.say(`No longer there: ${path}`);
  }
}
