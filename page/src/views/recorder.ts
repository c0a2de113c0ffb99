/** The voice's part of the page: the button, the waveform, the takes. */

import type { Listener } from "../audio/recorder";
import type { Output } from "../audio/output";
import { durationOf, type Span, type Take } from "../audio/take";
import type { Controller } from "../controller";
import { byId, h, icon, iconButton } from "../dom";
import { drawLive, drawWaveform } from "../draw/waveform";
import { duration } from "../words";
import { Cut } from "./cut";
import { heardWords } from "./heard";

const QUIET_AFTER_S = 2.5;
const PEAK_HELD_MS = 900;

export class RecorderView {
  private readonly stage = h("div", { class: "stage" });
  private readonly button: HTMLButtonElement;
  private readonly hint = h("p", { class: "hint", id: "hint" });
  private readonly meter = h("div", { class: "meter", role: "meter", "aria-label": "Level of the microphone", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" });
  private readonly level = h("div", { class: "level" });
  private readonly held = h("div", { class: "held" });
  private readonly acts = h("div", { class: "take-acts" });
  private readonly history = h("ol", { class: "takes", "aria-label": "Takes of this session" });
  private readonly chooser: HTMLInputElement;
  private live: { canvas: HTMLCanvasElement; peaks: number[] } | null = null;
  private cut: Cut | null = null;
  private shown: number | null = null;
  private drawing = 0;
  private heldUntil = 0;
  private heldLevel = 0;

  constructor(
    private readonly controller: Controller,
    private readonly output: Output,
  ) {
    const { store } = controller;
    this.button = h("button", { type: "button", class: "record", "aria-describedby": "hint", on: { click: () => controller.record() } });
    this.chooser = h("input", { type: "file", accept: "audio/*,.wav,.aif,.aiff,.flac,.ogg,.opus,.mp3,.mp2,.caf,.w64,.rf64,.au,.m4a,.mp4,.aac,.wma,.webm,.3gp,.amr", hidden: true, "aria-label": "A sound file to search for" });
    this.chooser.addEventListener("change", () => {
      const file = this.chooser.files?.[0];
      this.chooser.value = "";
      if (file) void controller.drop(file);
    });
    this.meter.append(this.level, this.held);
    byId("recorder").append(this.button, h("div", { class: "middle" }, this.stage, this.meter, h("div", { class: "under" }, this.hint, this.history)), this.acts, this.chooser);
    store.watch(["recording", "take", "fault", "selected", "status", "keepsTakes"], () => this.render());
    store.watch(["takes", "take", "also"], () => this.renderTakes());
    store.watch(["take", "recording", "adding", "keepsTakes"], () => this.renderActs());
    new ResizeObserver(() => this.cut?.resize(this.stage.clientHeight)).observe(this.stage);
    store.watch(["playing"], () => {
      if (store.state.playing !== null) this.cut?.pause();
    });
  }

  /** Draws one more block of the recording under way. */
  readonly heard: Listener["heard"] = (peak, hearing, { elapsedS, beganS, blockS }) => {
    if (!this.live) return;
    this.live.peaks.push(peak);
    const maxHeardS = this.controller.store.state.status?.max_heard_s ?? Infinity;
    const endS = (beganS ?? Infinity) + maxHeardS;
    const most = `${Number(maxHeardS.toFixed(1))} s`;
    drawLive(this.live.canvas, this.live.peaks, elapsedS > endS ? { at: endS / blockS, label: most } : null);
    this.showLevel(peak);
    if (hearing === "nothing yet" && elapsedS > QUIET_AFTER_S) this.hint.textContent = "Nothing heard yet. Is the microphone muted?";
    else if (hearing === "silence after it") this.hint.textContent = "Listening for the end …";
    else if (elapsedS > endS) this.hint.textContent = `Longer than ${most}: the ${most} with most in them will be searched for.`;
    else this.hint.textContent = `Recording ${elapsedS.toFixed(1)} s. It stops by itself after a silence.`;
  };

  /** Plays or pauses the take. */
  hear(): void {
    this.controller.player.stop();
    this.cut?.toggle();
  }

  /** Plays the take, or a part of it in seconds. */
  play(part: Span | null = null): void {
    this.controller.player.stop();
    this.cut?.pause();
    if (part) this.cut?.play(part);
    else this.cut?.toggle();
  }

  get isPlaying(): boolean {
    return this.cut?.isPlaying ?? false;
  }

  redraw(): void {
    this.shown = null;
    this.render();
    this.renderTakes();
  }

  private showLevel(peak: number): void {
    const decibels = 20 * Math.log10(Math.max(peak, 1e-5));
    const share = Math.max(0, Math.min(1, 1 + decibels / 60));
    if (share > this.heldLevel || performance.now() > this.heldUntil) {
      this.heldLevel = share;
      this.heldUntil = performance.now() + PEAK_HELD_MS;
    }
    this.level.style.transform = `scaleX(${share})`;
    this.held.style.left = `${100 * this.heldLevel}%`;
    this.meter.classList.toggle("hot", peak > 0.98);
    this.meter.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }

  private render(): void {
    const { recording, take, selected } = this.controller.store.state;
    const fault = this.controller.store.state.fault ?? (recording === "off" ? (take?.refused ?? null) : null);
    const on = recording !== "off";
    const [name, key] = on ? ["Stop", "R"] : [take ? "Record again" : "Record", selected < 0 ? "Space" : "R"];
    this.button.replaceChildren(icon(on ? "stop" : "mic"), h("span", {}, name), h("kbd", {}, key));
    this.button.classList.toggle("on", recording === "on");
    this.meter.classList.toggle("off", recording !== "on");
    byId("recorder").classList.toggle("faulty", fault !== null);
    byId("recorder").classList.toggle("taken", take !== null && !on);
    this.renderStage();
    if (fault) this.hint.replaceChildren(h("span", { class: "fault", role: "alert" }, fault), ...(take ? [] : [" ", this.example()]));
    else if (recording === "asking") this.hint.textContent = "Waiting for the microphone. The browser may ask whether you allow it.";
    else if (recording === "off") this.hint.replaceChildren(...this.words(take));
  }

  private words(take: Take | null): (string | HTMLElement)[] {
    if (!take) return [`It stops by itself. Nothing leaves this machine, and takes are ${this.controller.store.state.keepsTakes ? "kept in this browser alone" : "not kept"}.`];
    const next = take.sound ? "Drag on the waveform to search for a piece." : "This browser cannot draw this kind of file.";
    return take.heard ? [`${take.name}: ${heardWords(take.heard, take.cut !== null)}`, h("span", { class: "more" }, ` ${next}`)] : [take.name];
  }

  private renderStage(): void {
    const { recording, take } = this.controller.store.state;
    if (recording === "on") {
      if (this.live) return;
      this.clearStage();
      const canvas = h("canvas", { class: "live", "aria-hidden": "true" });
      this.stage.append(canvas);
      this.live = { canvas, peaks: [] };
    } else if (take?.sound) {
      if (this.shown === take.key) return this.cut?.update(take);
      this.clearStage();
      this.shown = take.key;
      // The search goes first: the take is on its way to the server before its waveform is drawn.
      this.drawing = window.setTimeout(() => this.showCut(), 0);
    } else {
      this.clearStage();
      const prompt = take
        ? h("p", { class: "prompt" }, take.name)
        : h("p", { class: "prompt" }, "Hum it, hiss it, beatbox it.", h("span", {}, " Menura finds the sound you mean. "), this.example());
      this.stage.append(prompt);
    }
  }

  private example(): HTMLElement {
    const title = "Menura imitates one of your sounds, and searches for it";
    return h("button", { type: "button", class: "plain example", title, on: { click: () => void this.controller.example() } }, "Try an example voice");
  }

  private showCut(): void {
    const { take } = this.controller.store.state;
    if (!take) return;
    this.cut = new Cut(take, this.stage.clientHeight, (piece) => this.controller.cut(piece), (playing) => this.acts.classList.toggle("playing", playing), (element) => this.output.through(element, this.controller.gainOfTake(this.controller.store.state.take)));
    this.stage.replaceChildren(this.cut.element);
  }

  private clearStage(): void {
    window.clearTimeout(this.drawing);
    this.cut?.destroy();
    this.cut = null;
    this.live = null;
    this.shown = null;
    this.heldLevel = 0;
    this.stage.replaceChildren();
  }

  private renderActs(): void {
    const { take, recording, adding, keepsTakes } = this.controller.store.state;
    const has = take !== null && recording === "off";
    const acts = [
      ...(has && take.sound
        ? [
            iconButton("play", "Hear the take", () => this.hear(), "T"),
            iconButton("undo", "Search for the whole take again", () => this.controller.cut(null), undefined, { disabled: take.cut === null }),
          ]
        : []),
      ...(has
        ? [
            iconButton("plus", "Add a take of the same sound", () => this.controller.join(), undefined, { "aria-pressed": String(adding) }),
            iconButton("download", "Save the take", () => this.controller.keeping.saveTake(take)),
            iconButton("close", "Put the take away", () => this.controller.choose(null)),
          ]
        : []),
    ];
    const keep = keepsTakes ? "Forgets all kept takes at once" : "Keeps takes, in this browser alone, until you switch this off";
    this.acts.replaceChildren(
      ...(acts.length > 0 ? [h("div", {}, ...acts)] : []),
      h(
        "div",
        {},
        h("button", { type: "button", class: "plain open", title: "Or drop a sound file anywhere on the page", on: { click: () => this.chooser.click() } }, icon("folder"), h("span", {}, "Open a file")),
        h("button", { type: "button", class: "switch", title: keep, "aria-pressed": String(keepsTakes), on: { click: () => this.controller.store.set({ keepsTakes: !keepsTakes }) } }, "Keep takes"),
      ),
    );
  }

  private renderTakes(): void {
    const { takes, take, also } = this.controller.store.state;
    this.history.hidden = takes.length === 0;
    const drawings: (() => void)[] = [];
    this.history.replaceChildren(
      ...takes.map((one) => {
        const canvas = h("canvas", { "aria-hidden": "true" });
        drawings.push(() => drawWaveform(canvas, one.sound?.peaks ?? [], null));
        const current = [take, ...also].some((other) => other?.key === one.key);
        const label = one.sound ? `${one.key}: ${one.name}, ${duration(durationOf(one))}` : one.name;
        return h("li", {}, h("button", { type: "button", class: "take", "aria-pressed": String(current), "aria-label": label, title: label, on: { click: () => this.controller.choose(one) } }, canvas, h("span", {}, one.sound ? String(one.key) : one.name)));
      }),
    );
    for (const draw of drawings) draw();
  }
}
