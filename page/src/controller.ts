/** What the user can do. Views and keys call this; it changes the state. */

import type { Api } from "./api";
import { microphoneFault, silentFault } from "./audio/faults";
import type { Player } from "./audio/player";
import { Recorder, type Listener, type Recorded } from "./audio/recorder";
import { contentOf, decode, soundOf, takeOf, type Span, type Take } from "./audio/take";
import { Marks } from "./marks";
import { Played } from "./played";
import { inWords, type Search } from "./search";
import type { Store } from "./store";
import { keyOf, type Refinement, type Sound } from "./types";

const PREPARED = 4;
const TAKES_KEPT = 24;
const LONGEST_S = 60; // until the server has said how long a take may be

/** What is not state: a word in passing, and the canvas that shows a recording under way. */
export interface Stage {
  say(words: string): void;
  heard: Listener["heard"];
}

export class Controller {
  private readonly recorder: Recorder;
  readonly marks: Marks;
  readonly played = new Played();
  private takesMade = 0;

  constructor(
    readonly store: Store,
    readonly api: Api,
    readonly search: Search,
    readonly player: Player,
    private readonly stage: Stage,
  ) {
    this.marks = new Marks(store);
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
    this.store.set({ recording: "off" });
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

  private add(take: Take): void {
    this.store.set({ takes: [take, ...this.store.state.takes].slice(0, TAKES_KEPT), take, refinements: [] });
    void this.search.run(true);
  }

  /** Searches for an earlier take, or for none. */
  choose(take: Take | null): void {
    this.player.stop();
    this.store.set({ take, fault: null, refinements: [] });
    void this.search.run(take !== null);
  }

  /** Searches for a piece of the take, in seconds; null is the whole. */
  cut(piece: Span | null): void {
    const { take } = this.store.state;
    if (!take) return;
    this.search.replace(take, { ...take, cut: piece, id: null, heard: null, refused: null });
    void this.search.run(true);
  }

  saveTake(take: Take): void {
    const url = URL.createObjectURL(contentOf(take));
    download(url, take.file && !take.cut ? take.name : `${take.name.replace(/\.[^.]*$/, "")}.wav`);
    window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  // Listening

  private clip(sound: Sound, startS = sound.start_s ?? 0) {
    return { key: keyOf(sound), url: this.api.audioUrl(sound.library, sound.id), startS };
  }

  select(index: number): void {
    const { items, playing } = this.store.state;
    const selected = Math.max(-1, Math.min(index, items.length - 1));
    const moved = selected !== this.store.state.selected;
    this.store.set({ selected });
    if (moved && playing !== null && this.store.sound) this.play(this.store.sound);
    else this.prepare();
  }

  /** Has the next sounds ready, the selected one first. */
  prepare(): void {
    const { items, selected } = this.store.state;
    const from = Math.max(0, selected);
    const next = [...items.slice(from, from + PREPARED), ...items.slice(Math.max(0, from - 1), from)];
    this.player.prepare(next.map((sound) => this.clip(sound)).reverse());
  }

  play(sound: Sound, startS?: number): void {
    this.player.play(this.clip(sound, startS));
    this.store.set({ playing: keyOf(sound) });
    this.played.add(sound);
    this.prepare();
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
    this.stage.say(same ? `Taken back: ${name}` : kind === "like" ? `More like ${name}` : `Not like ${name}`);
    this.player.stop();
    void this.search.run(true);
  }

  withdraw(refinement: Refinement): void {
    this.store.set({ refinements: this.store.state.refinements.filter((one) => keyOf(one) !== keyOf(refinement)) });
    void this.search.run(true);
  }

  undo(): void {
    const last = this.store.state.refinements.at(-1);
    if (!last) return this.stage.say("Nothing to undo");
    this.stage.say(`Undone: ${last.kind === "like" ? "more like" : "not"} ${last.name}`);
    this.withdraw(last);
  }

  // Filters and libraries

  filter(patch: { text?: string; folder?: string; favourites?: boolean; collection?: number | null }): void {
    this.store.set(patch);
    if (patch.text === undefined) void this.search.run(this.store.state.take !== null);
    else this.search.soon();
  }

  switchLibrary(lib: string | null): void {
    this.player.stop();
    this.store.set({ lib, folder: "", refinements: [], items: [], total: 0, nearest: null, selected: -1, details: false });
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

  // Keeping

  async star(sound: Sound): Promise<void> {
    this.search.update(sound, { favourite: !sound.favourite });
    try {
      await this.api.favour(sound.library, sound.id, !sound.favourite);
      this.stage.say(sound.favourite ? `No longer a favourite: ${sound.name}` : `Favourite: ${sound.name}`);
    } catch (error) {
      this.search.update(sound, { favourite: sound.favourite });
      this.stage.say(inWords(error) ?? "The star could not be kept: the server does not answer.");
    }
  }

  async copyPath(sound: Sound): Promise<void> {
    try {
      const { absolute_path: path } = await this.api.details(sound.library, sound.id);
      await navigator.clipboard.writeText(path);
      this.stage.say(`Copied: ${path}`);
    } catch (error) {
      this.stage.say(`The path could not be copied: ${inWords(error) ?? "the server does not answer"}`);
    }
  }

  /** Downloads a sound; the browser would say nothing of one that is gone. */
  async downloadSound(sound: Sound): Promise<void> {
    try {
      await this.api.details(sound.library, sound.id);
      download(this.api.fileUrl(sound.library, sound.id), sound.name);
    } catch (error) {
      this.stage.say(`This sound cannot be downloaded: ${inWords(error) ?? "the server does not answer"}`);
    }
  }
}

function download(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
