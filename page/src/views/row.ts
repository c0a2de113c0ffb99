/** One sound of the list. */

import type { Controller } from "../controller";
import { h, icon, iconButton } from "../dom";
import { drawSpectrogram, matrixOf } from "../draw/spectrogram";
import { drawWaveform } from "../draw/waveform";
import { ALL, keyOf, type Sound, type View } from "../types";
import { clock, duration } from "../words";
import { theme } from "./theme";

const LEAST_S = 1; // shorter sounds are drawn to this scale, so that a click looks like one

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
  private readonly head = h("div", { class: "playhead", hidden: true });
  private readonly play: HTMLButtonElement;
  private readonly star: HTMLButtonElement;
  private readonly like: HTMLButtonElement;
  private readonly unlike: HTMLButtonElement;
  private readonly buttons: HTMLButtonElement[];
  private readonly gone = new AbortController();
  private drawn = false;
  private view: View | null = null;

  constructor(
    readonly sound: Sound,
    readonly index: number,
    controller: Controller,
  ) {
    const act = (does: (now: Sound) => void) => () => {
      const now = controller.store.state.items[index] ?? sound;
      controller.select(index);
      does(now);
    };
    this.play = iconButton("play", `Play ${sound.name}`, act((now) => controller.toggle(now)), "Space", { class: "icon-button play" });
    this.star = iconButton("star", "Favourite", act((now) => void controller.star(now)), "S");
    this.like = iconButton("plus", "More like this", act((now) => controller.refine("like", now)), "L");
    this.unlike = iconButton("minus", "Not this", act((now) => controller.refine("unlike", now)), "N");
    const copy = iconButton("copy", "Copy the path", act((now) => void controller.copyPath(now)), "C", { class: "icon-button rare" });
    const download = iconButton("download", "Download", act((now) => void controller.downloadSound(now)), "D", { class: "icon-button rare" });
    this.buttons = [this.play, this.like, this.unlike, this.star, copy, download];
    const waves = h("div", { class: "waves", title: "Click to hear it from there", on: { click: (event) => act((now) => controller.play(now, this.secondsAt(event, now)))() } }, this.wave, this.head);
    this.element = h(
      "div",
      { role: "row", class: "row", id: `row-${keyOf(sound)}`, "aria-rowindex": index + 1, "data-sound": sound.id, draggable: "true" },
      h("div", { role: "gridcell", class: "lead" }, this.play),
      h("div", { role: "gridcell", class: "name" }, h("b", { title: sound.path }, sound.name), h("span", { class: "folder" }, alikeOf(sound), placeIn(sound, controller))),
      h("div", { role: "gridcell", class: "pictures" }, waves, this.spectrogram),
      h("div", { role: "gridcell", class: "length" }, duration(sound.duration_s), placeOf(sound)),
      h("div", { role: "gridcell", class: "score" }, ...scoreOf(sound)),
      h("div", { role: "gridcell", class: "acts" }, this.like, this.unlike, this.star, copy, download),
    );
    this.element.addEventListener("mousedown", (event) => {
      if (event.shiftKey) event.preventDefault(); // no text is selected on the way
    });
    this.element.addEventListener("dragstart", (event) => offer(event, sound, controller));
    this.element.addEventListener("click", (event) => {
      if ((event.target as Element).closest("button, .waves")) return;
      if (event.shiftKey) return controller.marks.extend(index);
      if (event.ctrlKey || event.metaKey) return controller.marks.toggle(index);
      // A second click opens the details: fingers have no Enter.
      if (controller.store.state.selected === index) controller.store.set({ details: !controller.store.state.details });
      else controller.select(index);
    });
  }

  /** What changes about a row without its being another one. */
  update(sound: Sound, { selected, marked, playing, refinement }: RowState): void {
    this.element.setAttribute("aria-selected", String(selected || marked));
    this.element.classList.toggle("marked", marked);
    this.element.classList.toggle("current", selected);
    this.element.classList.toggle("playing", playing);
    this.play.replaceChildren(icon(playing ? "stop" : "play"));
    this.play.setAttribute("aria-label", `${playing ? "Stop" : "Play"} ${sound.name}`);
    this.star.setAttribute("aria-pressed", String(sound.favourite));
    this.like.setAttribute("aria-pressed", String(refinement === "like"));
    this.unlike.setAttribute("aria-pressed", String(refinement === "unlike"));
    for (const button of this.buttons) button.tabIndex = selected ? 0 : -1;
    if (!playing) this.head.hidden = true;
  }

  /** Loads and draws the pictures, once. */
  async draw(load: (signal: AbortSignal) => Promise<View | null>): Promise<void> {
    if (this.drawn) return;
    this.drawn = true;
    this.view = await load(this.gone.signal);
    this.redraw();
  }

  redraw(): void {
    if (!this.view || !this.element.isConnected) return;
    const { duration_s: seconds } = this.view;
    const { start_s: start, end_s: end } = this.sound;
    drawWaveform(this.wave, this.view.peaks, start !== null && end !== null && seconds > 0 ? { from: start / seconds, to: end / seconds } : null);
    drawSpectrogram(this.spectrogram, matrixOf(this.view, Math.max(LEAST_S, this.view.end_s - this.view.start_s)), theme());
    this.element.classList.add("drawn");
  }

  showPosition(seconds: number): void {
    this.head.hidden = false;
    this.head.style.left = `${Math.min(100, (100 * seconds) / Math.max(this.sound.duration_s, 0.001))}%`;
  }

  remove(): void {
    this.gone.abort();
    this.element.remove();
  }

  private secondsAt(event: MouseEvent, sound: Sound): number {
    const box = this.wave.getBoundingClientRect();
    return (sound.duration_s * (event.clientX - box.left)) / Math.max(1, box.width);
  }
}

/** How many other files are the same sound, and which. */
function alikeOf({ n_alike: count, alike }: Sound): HTMLElement | null {
  if (count === 0) return null;
  return h("small", { class: "alike", title: [...alike, ...(count > alike.length ? ["..."] : [])].join("\n") }, `+${count} alike · `);
}

/** Its folder, and its library where several are searched. */
function placeIn(sound: Sound, { store }: Controller): string {
  const library = store.state.lib === ALL ? store.state.libraries.find(({ id }) => id === sound.library)?.name : undefined;
  return [library, sound.folder || (library ? "" : "top folder")].filter(Boolean).join(" / ");
}

/** Where in a long file the match is. */
function placeOf(sound: Sound): HTMLElement | null {
  if (sound.start_s === null || sound.duration_s <= 4) return null;
  return h("span", { class: "place" }, `at ${clock(sound.start_s)}`);
}

function scoreOf({ score, word }: Sound): HTMLElement[] {
  if (score === null) return [];
  const bar = h("span", { class: "bar" }, h("i"));
  (bar.firstElementChild as HTMLElement).style.width = `${100 * score}%`;
  const said = word === null ? [] : [h("span", { class: `word ${word}` }, word)];
  return [h("span", { class: "figure" }, score.toFixed(3)), ...said, bar];
}

/** Lets the file be dragged into a folder or another program, where the browser can do that. */
function offer(event: DragEvent, sound: Sound, controller: Controller): void {
  const url = new URL(controller.api.fileUrl(sound.library, sound.id), location.href).href;
  event.dataTransfer?.setData("DownloadURL", `application/octet-stream:${sound.name}:${url}`);
  event.dataTransfer?.setData("text/uri-list", url);
  event.dataTransfer?.setData("text/plain", sound.path);
  if (event.dataTransfer) event.dataTransfer.effectAllowed = "copy";
}
