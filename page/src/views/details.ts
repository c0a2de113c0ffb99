/** The selected sound, large. */

import type { Controller } from "../controller";
import { byId, h, icon, iconButton } from "../dom";
import { timeTicks } from "../draw/axes";
import { drawWaveform } from "../draw/waveform";
import { keyOf, type Sound, type SoundDetails, type View } from "../types";
import type { ViewCache } from "../views-cache";
import { bytes, duration, hertz } from "../words";
import { mark, plot } from "./plot";
import type { RecorderView } from "./recorder";
import { WhyView } from "./why";

const SETTLE_MS = 90;

export class DetailsView {
  private readonly panel = byId("details");
  private readonly why: WhyView;
  private asking = new AbortController();
  private timer = 0;
  private draw: () => void = () => undefined;

  constructor(
    private readonly controller: Controller,
    private readonly views: ViewCache,
    recorder: RecorderView,
    private readonly leave: () => void,
  ) {
    this.why = new WhyView(controller, recorder);
    const { store } = controller;
    store.watch(["details"], () => this.toggle());
    store.watch(["selected", "picked", "items", "take"], () => this.renderSoon());
    store.watch(["why"], () => this.renderSoon());
    window.addEventListener("resize", () => this.redraw());
  }

  redraw(): void {
    this.draw();
    this.why.redraw();
  }

  private toggle(): void {
    const { details } = this.controller.store.state;
    const changed = this.panel.hidden === details;
    const left = !details && this.panel.contains(document.activeElement);
    this.panel.hidden = !details;
    if (!changed) return;
    if (left) this.leave();
    if (details) void this.render();
  }

  /** Running through the list asks for the details of where it ends. */
  private renderSoon(): void {
    window.clearTimeout(this.timer);
    if (this.controller.store.state.details) this.timer = window.setTimeout(() => void this.render(), SETTLE_MS);
  }

  private shownAs = "";

  private async render(): Promise<void> {
    const { store, api } = this.controller;
    const sound = store.sound;
    const { why, take } = store.state;
    if (!sound) {
      this.shownAs = "";
      return this.panel.replaceChildren(this.bar(null), h("p", { class: "empty" }, "Select a sound to see it here."));
    }
    const as = `${keyOf(sound)}/${sound.start_s}/${sound.score}/${sound.favourite}/${why}/${take?.key}/${take?.cut?.join()}`;
    if (as === this.shownAs) return;
    this.shownAs = as;
    this.asking.abort();
    const asking = (this.asking = new AbortController());
    const [view, details] = await Promise.all([this.views.get(sound.library, sound.id, sound.start_s ?? 0, asking.signal), api.details(sound.library, sound.id).catch(() => null)]);
    if (asking.signal.aborted) return;
    this.show(sound, view, details);
    if (why && take) void this.why.show(sound);
  }

  private bar(sound: Sound | null): HTMLElement {
    const { controller } = this;
    const close = iconButton("close", "Close the details", () => controller.store.set({ details: false, why: false }), "Esc");
    return h("div", { class: "details-bar" }, h("h2", {}, sound?.name ?? "Details"), close);
  }

  private show(sound: Sound, view: View | null, details: SoundDetails | null): void {
    const { controller } = this;
    const { why, take } = controller.store.state;
    const wave = h("canvas", { class: "wave", role: "img", "aria-label": "Waveform of the whole file", title: "Click to hear it from there", on: { click: (event) => controller.play(sound, (sound.duration_s * event.offsetX) / Math.max(1, wave.clientWidth)) } });
    const seconds = h("div", { class: "axis across", "aria-hidden": "true" }, ...timeTicks(0, sound.duration_s).map((tick) => mark(tick, "left")));
    const spectrogram = view && view.frames > 0 ? plot(view, `Log-mel spectrogram of ${sound.name} at the match`) : null;
    this.why.clear();
    this.panel.replaceChildren(
      this.bar(sound),
      h("p", { class: "where" }, details?.absolute_path ?? sound.path),
      h("div", { class: "details-acts" }, ...this.acts(sound)),
      h("h3", {}, "Whole file"),
      h("div", { class: "plot waves" }, wave, seconds),
      h("h3", {}, sound.start_s === null ? "Beginning" : `Match, ${sound.start_s.toFixed(1)} to ${(sound.end_s ?? 0).toFixed(1)} s`),
      spectrogram?.element ?? h("p", { class: "empty" }, this.views.refusal(sound.library, sound.id, sound.start_s ?? 0) ?? "This file cannot be drawn now. It may have been moved; re-index the library."),
      h("button", { type: "button", class: "ask-why", "aria-expanded": String(why && take !== null), disabled: take === null, on: { click: () => controller.store.set({ why: !why }) } }, icon("why"), take ? "Why did it match?" : "Record something to see why it matches", take && h("kbd", {}, "W")),
      this.why.element,
      facts(sound, details),
    );
    this.draw = () => {
      const marked = sound.start_s !== null && sound.end_s !== null ? { from: sound.start_s / sound.duration_s, to: sound.end_s / sound.duration_s } : null;
      if (view) drawWaveform(wave, view.peaks, marked);
      spectrogram?.draw(false);
    };
    this.draw();
    // On a small screen the panel covers the list that had the focus.
    if (getComputedStyle(this.panel).position === "fixed") this.panel.querySelector<HTMLElement>(".details-bar button")?.focus();
  }

  private acts(sound: Sound): HTMLButtonElement[] {
    const { controller } = this;
    const pressed = { "aria-pressed": String(sound.favourite) };
    return [
      iconButton("play", "Play or stop", () => controller.toggle(sound), "Space"),
      iconButton("plus", "More like this", () => controller.refine("like", sound), "L"),
      iconButton("minus", "Not this", () => controller.refine("unlike", sound), "N"),
      iconButton("star", "Favourite", () => void controller.keeping.star(sound), "S", pressed),
      iconButton("check", "Mark, or unmark", () => controller.marks.toggle(controller.store.state.selected), "X"),
      iconButton("copy", "Copy the path", () => void controller.keeping.copyPath(sound), "C"),
      iconButton("download", "Download", () => void controller.keeping.downloadSound(sound), "D"),
    ];
  }
}

function facts(sound: Sound, details: SoundDetails | null): HTMLElement {
  const rows: [string, string][] = [["Length", duration(sound.duration_s)]];
  if (sound.score !== null) rows.unshift(["Likeness", sound.word ? `${sound.word} (${sound.score.toFixed(3)})` : sound.score.toFixed(3)]);
  if (sound.kinds.length > 0) rows.push(["Kinds", sound.kinds.join(", ")]);
  if (details) {
    const channels = details.channels === 1 ? "mono" : details.channels === 2 ? "stereo" : `${details.channels} channels`;
    rows.push(["Format", `${details.format}, ${hertz(details.sample_rate_hz)}, ${channels}`]);
    rows.push(["Size", bytes(details.size_bytes)], ["Changed", new Date(details.modified).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })]);
  }
  return h("dl", { class: "facts" }, ...rows.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
}
