/** The take's waveform: what is heard of it, and a piece that is chosen by dragging. */

import WaveSurfer from "wavesurfer.js";
import Regions, { type Region } from "wavesurfer.js/dist/plugins/regions.esm.js";

import { durationOf, wavOf, type Span, type Take } from "../audio/take";
import { h } from "../dom";
import { heardMarks } from "./heard";

const AROUND_PX = 18; // what stands above and below the waveform
const SHORTEST_S = 0.05;
const FORGET_MS = 10_000;
// Instead of wavesurfer's own style element, see vite.config.ts.
const rules = (height: number): string => `
  :host { user-select: none; min-width: 1px }
  .scroll { overflow: hidden; width: 100%; position: relative }
  .wrapper { position: relative; overflow: visible; z-index: 2; cursor: text }
  .canvases { min-height: ${height}px; pointer-events: none }
  .canvases > div, .progress > div { position: relative }
  canvas { display: block; position: absolute; top: 0 }
  .progress { pointer-events: none; position: absolute; z-index: 2; top: 0; left: 0; width: 0; height: 100%; overflow: hidden }
  .cursor { pointer-events: none; position: absolute; z-index: 5; top: 0; left: 0; height: 100% }
`;

export class Cut {
  readonly element = h("div", { class: "cut" });
  private readonly surfer: WaveSurfer;
  private readonly sheet = new CSSStyleSheet();
  private height = 0;
  private readonly regions = Regions.create();
  private readonly url: string;
  private readonly sliders: readonly [HTMLInputElement, HTMLInputElement];
  private region: Region | null = null;
  private marks: HTMLElement;

  /** Shows `take`, which has samples, on a stage that is so many pixels high. `onCut` gets the piece in seconds; `onPlaying` whether it can be heard. */
  constructor(
    private take: Take,
    stagePx: number,
    private readonly onCut: (piece: Span) => void,
    onPlaying: (playing: boolean) => void,
    private readonly onPlay: (element: HTMLMediaElement) => void,
  ) {
    const sound = take.sound;
    if (!sound) throw new Error("a take without samples has no waveform");
    const style = getComputedStyle(document.documentElement);
    const seconds = durationOf(take);
    this.url = URL.createObjectURL(wavOf(sound, null));
    const waves = h("div", { class: "waves", "aria-hidden": "true" });
    this.sliders = [this.slider("Beginning of the piece", 0), this.slider("End of the piece", 1)];
    this.marks = heardMarks(take);
    this.element.append(waves, this.marks, h("div", { class: "cut-sliders" }, ...this.sliders));
    this.surfer = WaveSurfer.create({
      container: waves,
      height: stagePx - AROUND_PX,
      url: this.url,
      peaks: [[...sound.peaks]],
      duration: seconds,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      waveColor: style.getPropertyValue("--voice").trim(),
      progressColor: style.getPropertyValue("--voice").trim(),
      cursorColor: style.getPropertyValue("--ink").trim(),
      plugins: [this.regions],
    });
    const root = this.surfer.getWrapper().getRootNode() as ShadowRoot;
    root.adoptedStyleSheets = [this.sheet];
    this.resize(stagePx);
    this.surfer.on("play", () => onPlaying(true));
    this.surfer.on("pause", () => onPlaying(false));
    this.surfer.on("ready", () => this.begin());
  }

  /** Fits the waveform to a stage of another height. */
  resize(stagePx: number): void {
    if (stagePx - AROUND_PX === this.height || stagePx <= AROUND_PX) return;
    this.height = stagePx - AROUND_PX;
    this.sheet.replaceSync(rules(this.height));
    this.surfer.setOptions({ height: this.height });
  }

  /** What was cut out, or else what is heard, in seconds. */
  private get piece(): Span {
    return this.take.cut ?? this.take.heard?.span ?? [0, durationOf(this.take)];
  }

  private begin(): void {
    const color = "transparent"; // the stylesheet colours regions, by their part
    this.regions.enableDragSelection({ color, drag: true, resize: true });
    this.regions.on("region-created", (region) => {
      for (const other of this.regions.getRegions()) if (other !== region) other.remove();
      this.region = region;
    });
    const [start, end] = this.piece;
    this.regions.addRegion({ start, end, color, drag: true, resize: true, minLength: SHORTEST_S });
    this.regions.on("region-updated", (region) => this.changed(region.start, region.end));
  }

  /** Shows what is cut out of the same take now, and what is heard. */
  update(take: Take): void {
    if (this.take.cut === take.cut && this.take.heard === take.heard && this.take.refused === take.refused) return;
    this.take = take;
    const marks = heardMarks(take);
    this.marks.replaceWith(marks);
    this.marks = marks;
    const [start, end] = this.piece;
    this.region?.setOptions({ start, end });
    [this.sliders[0].value, this.sliders[1].value] = [start.toFixed(2), end.toFixed(2)];
  }

  private changed(start: number, end: number): void {
    if (end - start >= SHORTEST_S) this.onCut([start, end]);
  }

  private slider(label: string, side: 0 | 1): HTMLInputElement {
    const seconds = durationOf(this.take);
    const value = this.piece[side];
    return h("input", {
      type: "range", min: 0, max: seconds.toFixed(2), step: 0.02, value: value.toFixed(2), "aria-label": label,
      on: { change: () => this.changed(Number(this.sliders[0].value), Number(this.sliders[1].value)) },
    });
  }

  toggle(): void {
    if (this.surfer.isPlaying()) this.surfer.pause();
    else this.play(this.region ? [this.region.start, this.region.end] : this.piece);
  }

  /** Plays a part of the take, in seconds. */
  play([start, end]: Span): void {
    this.onPlay(this.surfer.getMediaElement());
    void this.surfer.play(start, end);
  }

  get isPlaying(): boolean {
    return this.surfer.isPlaying();
  }

  pause(): void {
    this.surfer.pause();
  }

  destroy(): void {
    this.surfer.destroy();
    window.setTimeout(() => URL.revokeObjectURL(this.url), FORGET_MS); // it may still be loading
    this.element.remove();
  }
}
