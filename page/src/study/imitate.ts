/** The screen on which a sound is played and imitated. */

import { microphoneFault, silentFault } from "../audio/faults";
import { Recorder, type Recorded } from "../audio/recorder";
import { soundOf, wavOf } from "../audio/take";
import { h, icon } from "../dom";
import { drawLive } from "../draw/waveform";
import type { Reason, StudyState } from "./api";
import type { Ear } from "./ear";
import { heading, primary } from "./screens";

export interface Imitated {
  /** Sends a take; resolves to why it was not kept, or null. */
  keep(wav: Blob): Promise<string | null>;
  search(): Promise<void>;
  skip(reason: Reason): void;
}

const REASONS: readonly [Reason, string][] = [
  ["cannot be imitated", "I cannot imitate it"],
  ["cannot be heard", "It does not play"],
  ["another reason", "Another reason"],
];

export class ImitateScreen {
  readonly element: HTMLElement;
  private readonly play = h("button", { type: "button", class: "study-play", on: { click: () => this.ear.sound() } }, icon("play"), h("span", {}, "Play the sound"));
  private readonly button = h("button", { type: "button", class: "study-record", "aria-describedby": "study-hint", on: { click: () => this.press() } });
  private readonly hint = h("p", { id: "study-hint", class: "study-hint", role: "status" });
  private readonly canvas = h("canvas", { class: "study-live", "aria-hidden": "true" });
  private readonly acts = h("div", { class: "study-acts" });
  private readonly recorder: Recorder;
  private on: "off" | "asking" | "on" = "off";
  private peaks: number[] = [];
  private unsent: Blob | null = null;
  private fault: string | null = null;
  private working = false;
  private played = false;

  constructor(
    private state: StudyState,
    private readonly ear: Ear,
    private readonly does: Imitated,
  ) {
    this.played = state.has_take;
    this.recorder = new Recorder({
      heard: (peak) => this.heard(peak),
      finished: (recorded) => void this.finished(recorded),
      failed: (error) => this.say("off", microphoneFault(error, Boolean(navigator.mediaDevices)).replace(/ Or drop .*/, "")),
    });
    const why = h("details", { class: "study-skip" }, h("summary", {}, "Leave this sound out"), ...REASONS.map(([reason, words]) => h("button", { type: "button", class: "plain", on: { click: () => this.does.skip(reason) } }, words)));
    this.element = h(
      "section",
      { class: "study-card" },
      heading(state.practice ? "Practice: this sound does not count" : "Imitate this sound with your voice"),
      h("p", {}, "Play it as often as you like. Then record: hum, hiss, click, whatever your voice can do. It stops by itself."),
      h("div", { class: "study-buttons" }, this.play, this.button),
      this.canvas,
      this.hint,
      this.acts,
      why,
    );
    this.ear.watch({ began: () => this.wasPlayed(), failed: (words) => this.say("off", words) });
    this.render();
  }

  /** Lets go of the microphone. */
  end(): void {
    this.recorder.cancel();
  }

  private wasPlayed(): void {
    if (this.played) return;
    this.played = true;
    this.render();
  }

  private press(): void {
    if (this.on !== "off") return this.recorder.stop();
    this.ear.stop();
    this.peaks = [];
    this.say("asking", null);
    void this.recorder.start();
  }

  private heard(peak: number): void {
    if (this.on !== "on") this.say("on", null);
    this.peaks.push(peak);
    drawLive(this.canvas, this.peaks, null);
  }

  private async finished({ samples, rateHz, muted, device }: Recorded): Promise<void> {
    if (samples.length === 0) return this.say("off", null);
    if (muted) return this.say("off", silentFault(device).replace(/ Or drop .*/, ""));
    this.on = "off";
    await this.send(wavOf(soundOf([samples], rateHz), null));
  }

  /** Sends a take, which stays here until the server has it. */
  private async send(wav: Blob): Promise<void> {
    [this.unsent, this.working, this.fault] = [wav, true, null];
    this.render();
    this.fault = await this.does.keep(wav);
    this.working = false;
    if (this.fault === null) [this.unsent, this.state] = [null, { ...this.state, has_take: true }];
    this.render();
  }

  /** The server has it, or refuses it for good: then there is nothing to send again. */
  forgetUnsent(): void {
    this.unsent = null;
  }

  private say(on: "off" | "asking" | "on", fault: string | null): void {
    [this.on, this.fault] = [on, fault];
    this.render();
  }

  private render(): void {
    const { has_take: has } = this.state;
    const busy = this.on !== "off" || this.working;
    this.button.replaceChildren(icon(this.on === "off" ? "mic" : "stop"), h("span", {}, this.on === "off" ? (has ? "Record again" : "Record") : "Stop"));
    this.button.classList.toggle("on", this.on === "on");
    this.button.disabled = !this.played || this.working;
    this.play.disabled = busy;
    this.canvas.hidden = this.on !== "on";
    this.hint.classList.toggle("fault", this.fault !== null);
    this.hint.textContent = this.fault ?? this.words();
    const again = this.unsent && !this.working ? primary("Send it again", () => void this.send(this.unsent as Blob)) : null;
    const hear = h("button", { type: "button", class: "plain", on: { click: () => this.ear.take() } }, icon("play"), "Hear your take");
    this.acts.replaceChildren(...(again ? [again] : has && !busy ? [primary("Search with this take", () => void this.search()), hear] : []));
  }

  private async search(): Promise<void> {
    this.ear.stop();
    this.working = true;
    this.render();
    await this.does.search();
    this.working = false;
    this.render();
  }

  private words(): string {
    if (this.working) return "One moment …";
    if (this.on === "asking") return "Waiting for the microphone. The browser may ask whether you allow it.";
    if (this.on === "on") return "Recording …";
    if (!this.played) return "First play the sound.";
    return this.state.has_take ? "Your take is kept. Hear it, record it again, or search with it." : "";
  }
}
