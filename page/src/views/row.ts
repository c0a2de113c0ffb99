/** One sound of the list. */

import type { Controller } from "../controller";
import type { Span } from "../audio/take";
import { h, icon, iconButton } from "../dom";
import { peaksWithin, scaleTicks, spanShown } from "../draw/scale";
import { drawSpectrogram, matrixOf } from "../draw/spectrogram";
import { drawWaveform } from "../draw/waveform";
import { ALL, keyOf, type Sound, type View } from "../types";
import { clock, duration } from "../words";
import { kindsOf } from "./kinds";
import { copiesOf } from "./copies";
import { musicInWords, musicOf } from "./musical";
import { theme } from "./theme";

const PEAKS = 200;
const PICTURES = "Waveform and spectrogram";

export interface RowState {
  selected: boolean;
  marked: boolean;
  playing: boolean;
  refinement: "like" | "unlike" | null;
}

export class Row {
  readonly element: HTMLElement;
  private readonly wave = h("canvas", { class: "wave", "aria-hidden": "true" });
  private readonly spectrogram = h("canvas", { class: "spectrogram", "aria-hidden": "true" });
  private readonly blank = h("p", { class: "blank", hidden: true });
  private readonly pictures: HTMLElement;
  private readonly head = h("div", { class: "playhead", hidden: true });
  private readonly play: HTMLButtonElement;
  private readonly star: HTMLButtonElement;
  private readonly like: HTMLButtonElement;
  private readonly unlike: HTMLButtonElement;
  private readonly buttons: HTMLButtonElement[];
  private readonly gone = new AbortController();
  private drawn = false;
  private shown = "";
  private view: View | null = null;

  constructor(
    readonly sound: Sound,
    readonly index: number,
    readonly shownS: number,
    controller: Controller,
  ) {
    const act = (does: (now: Sound) => void) => () => {
      const { items, picked } = controller.store.state;
      const now = (index < 0 ? picked : items[index]) ?? sound;
      if (index >= 0) controller.select(index); // else it is in no list
      does(now);
    };
    this.play = iconButton("play", "Play", act((now) => controller.toggle(now)), "Space", { class: "icon-button play" });
    this.star = iconButton("star", "Favourite", act((now) => void controller.keeping.star(now)), "S");
    this.like = iconButton("plus", "More like this", act((now) => controller.refine("like", now)), "L");
    this.unlike = iconButton("minus", "Not this", act((now) => controller.refine("unlike", now)), "N");
    const copy = iconButton("copy", "Copy the path", act((now) => void controller.keeping.copyPath(now)), "C", { class: "icon-button rare" });
    const download = iconButton("download", "Download", act((now) => void controller.keeping.downloadSound(now)), "D", { class: "icon-button rare" });
    this.buttons = [this.play, this.like, this.unlike, this.star, copy, download];
    const waves = h("div", { class: "waves", title: "Click to hear it from there", on: { click: (event) => act((now) => controller.play(now, this.secondsAt(event)))() } }, this.wave, this.head);
    this.pictures = h("div", { role: "gridcell", class: "pictures", "aria-label": PICTURES }, waves, h("div", { class: "shown" }, this.spectrogram), this.blank);
    this.element = h(
      "div",
      { role: "row", class: "row", "aria-label": inOneLine(sound, placeIn(sound, controller)), id: `row-${keyOf(sound)}`, "aria-rowindex": index + 1, "data-sound": sound.id, draggable: "true" },
      h("div", { role: "gridcell", class: "lead", "aria-label": "Listen" }, this.play),
      h("div", { role: "gridcell", class: "name" }, h("b", { title: sound.path }, sound.name), h("span", { class: "folder" }, kindsOf(sound.kinds, controller.store.state), musicOf(sound), copiesOf(sound), placeIn(sound, controller))),
      this.pictures,
      h("div", { role: "gridcell", class: "length" }, told("Length"), duration(sound.duration_s), placeOf(sound)),
      h("div", { role: "gridcell", class: "score" }, told("Likeness"), ...scoreOf(sound)),
      h("div", { role: "gridcell", class: "acts", "aria-label": "What to do with it" }, this.like, this.unlike, this.star, copy, download),
    );
    this.element.addEventListener("mousedown", (event) => {
      if (event.shiftKey) event.preventDefault(); // no text is selected on the way
    });
    this.element.addEventListener("dragstart", (event) => offer(event, sound, controller));
    this.element.addEventListener("click", (event) => {
      if ((event.target as Element).closest("button, .waves, .copies")) return;
      if (event.shiftKey && index >= 0) return controller.marks.extend(index);
      if ((event.ctrlKey || event.metaKey) && index >= 0) return controller.marks.toggle(index);
      // A second click opens the details: fingers have no Enter.
      if (controller.store.state.selected === index) controller.store.set({ details: !controller.store.state.details });
      else controller.select(index);
    });
  }

  /** What changes about a row without its being another one. */
  update(sound: Sound, { selected, marked, playing, refinement }: RowState): void {
    const shown = [selected, marked, playing, refinement, sound.favourite].join();
    if (shown === this.shown) return; // as for nearly all rows at each frame of a list that is scrolled
    this.shown = shown;
    this.element.setAttribute("aria-selected", String(selected || marked));
    this.element.classList.toggle("marked", marked);
    this.element.classList.toggle("current", selected);
    this.element.classList.toggle("playing", playing);
    this.play.replaceChildren(icon(playing ? "stop" : "play"));
    this.play.setAttribute("aria-label", playing ? "Stop" : "Play"); // the row says what
    this.star.setAttribute("aria-pressed", String(sound.favourite));
    this.like.setAttribute("aria-pressed", String(refinement === "like"));
    this.unlike.setAttribute("aria-pressed", String(refinement === "unlike"));
    for (const button of this.buttons) button.tabIndex = selected ? 0 : -1;
    if (!playing) this.head.hidden = true;
  }

  /** Loads and draws the pictures, once. */
  async draw(load: (signal: AbortSignal) => Promise<View | null>, refusal: () => string | null): Promise<void> {
    if (this.drawn) return;
    this.drawn = true;
    this.view = await load(this.gone.signal);
    this.blank.textContent = this.blank.title = this.view ? "" : (refusal() ?? "");
    this.blank.hidden = this.blank.textContent === "";
    this.pictures.setAttribute("aria-label", this.blank.textContent || PICTURES);
    this.redraw();
  }

  redraw(): void {
    if (!this.view || !this.element.isConnected) return;
    const { start_s: start, end_s: end, duration_s: duration } = this.sound;
    const [from, to] = this.span;
    const at = (seconds: number): number => (seconds - from) / this.shownS;
    const ticks = scaleTicks(this.shownS).map((tick) => tick.at);
    drawWaveform(this.wave, peaksWithin(this.view, this.span, PEAKS), start !== null && end !== null ? { from: at(start), to: at(end) } : null, { from: at(0), to: at(duration), ticks });
    const { start_s: begins, end_s: ends } = this.view;
    this.spectrogram.style.marginLeft = `${100 * Math.max(0, at(begins))}%`;
    this.spectrogram.style.width = `${100 * (at(Math.min(ends, to)) - Math.max(0, at(begins)))}%`;
    drawSpectrogram(this.spectrogram, matrixOf(this.view, Math.min(ends, to) - begins), theme());
    this.element.classList.toggle("goes-on", duration > to + 0.005);
    this.element.classList.toggle("went-before", from > 0.005);
    this.element.classList.add("drawn");
  }

  showPosition(seconds: number): void {
    const at = (seconds - this.span[0]) / this.shownS;
    this.head.hidden = at < 0 || at > 1;
    this.head.style.left = `${100 * at}%`;
  }

  remove(): void {
    this.gone.abort();
    this.element.remove();
  }

  /** Which part of the file is drawn, in seconds. */
  private get span(): Span {
    return spanShown(this.sound, this.shownS);
  }

  /** Where in the file was clicked; beyond its end that is where its match begins. */
  private secondsAt(event: MouseEvent): number {
    const box = this.wave.getBoundingClientRect();
    const seconds = this.span[0] + (this.shownS * (event.clientX - box.left)) / Math.max(1, box.width);
    return seconds < this.sound.duration_s ? seconds : (this.sound.start_s ?? 0);
  }
}

/** What is read out of a row: its name once, and what one would look at it for. */
function inOneLine(sound: Sound, place: string): string {
  const score = sound.score === null ? "" : [sound.word, sound.score.toFixed(3)].filter(Boolean).join(", ");
  const copies = sound.n_alike > 0 ? `and ${sound.n_alike} alike` : "";
  return [sound.name, copies, score, duration(sound.duration_s), place, musicInWords(sound), sound.kinds.length > 0 ? `kinds: ${sound.kinds.join(", ")}` : ""].filter(Boolean).join(", ");
}

/** What a cell is, for those who do not see where it stands. */
function told(what: string): HTMLElement {
  return h("i", { class: "unseen" }, `${what}: `);
}

/** Its folder, and its library where several are searched. */
function placeIn(sound: Sound, { store }: Controller): string {
  const library = store.state.lib === ALL ? store.state.libraries.find(({ id }) => id === sound.library)?.name : undefined;
  return [library, sound.folder || (library ? "" : "top folder")].filter(Boolean).join(" / ");
}

/** Where in a long file the match is. */
function placeOf(sound: Sound): HTMLElement | null {
  if (sound.start_s === null || sound.start_s < 0.05) return null;
  return h("span", { class: "place" }, `at ${clock(sound.start_s)}`);
}

function scoreOf({ score, word }: Sound): HTMLElement[] {
  if (score === null) return [];
  const bar = h("span", { class: "bar" }, h("i"));
  (bar.firstElementChild as HTMLElement).style.width = `${100 * score}%`;
  const said = word === null ? [] : [h("span", { class: `word ${word}` }, word)];
  return [...said, bar, h("span", { class: "figure", title: "The score, by which sounds are ranked" }, score.toFixed(3))];
}

/** Lets the file be dragged into a folder or another program, where the browser can do that. */
function offer(event: DragEvent, sound: Sound, controller: Controller): void {
  const url = new URL(controller.api.fileUrl(sound.library, sound.id), location.href).href;
  event.dataTransfer?.setData("DownloadURL", `application/octet-stream:${sound.name}:${url}`);
  event.dataTransfer?.setData("text/uri-list", url);
  event.dataTransfer?.setData("text/plain", sound.path);
  if (event.dataTransfer) event.dataTransfer.effectAllowed = "copy";
}
