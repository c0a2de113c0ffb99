/** Why a sound matched: both spectrograms, what raised the score on them, and words. */

import { inWords } from "../search";
import type { Controller } from "../controller";
import { h, icon } from "../dom";
import type { Explanation, Sound } from "../types";
import { plot } from "./plot";
import type { RecorderView } from "./recorder";

export class WhyView {
  readonly element = h("section", { class: "why", "aria-label": "Why it matched", "aria-live": "polite" });
  private asking: AbortController | null = null;
  private overlay = true;
  private draws: ((overlay: boolean) => void)[] = [];

  constructor(
    private readonly controller: Controller,
    private readonly recorder: RecorderView,
  ) {}

  clear(): void {
    this.asking?.abort();
    this.draws = [];
    this.element.replaceChildren();
  }

  redraw(): void {
    for (const draw of this.draws) draw(this.overlay);
  }

  /** Asks why the sound is like the take, and shows the answer. */
  async show(sound: Sound): Promise<void> {
    this.clear();
    const asking = (this.asking = new AbortController());
    this.element.append(h("p", { class: "waiting" }, "Covering each part of both in turn, to see what the score loses …"));
    try {
      const take = await this.controller.search.takeId();
      if (!take || asking.signal.aborted) return;
      const answer = await this.controller.api.explain(sound.library, take, sound.id, sound.start_s ?? 0, asking.signal);
      if (!asking.signal.aborted) this.render(answer, sound);
    } catch (error) {
      if (!asking.signal.aborted) this.element.replaceChildren(h("p", { class: "fault" }, inWords(error) ?? "The server does not answer."));
    }
  }

  private render(answer: Explanation, sound: Sound): void {
    const imitation = plot(answer.imitation, "Log-mel spectrogram of your imitation, with the parts that raised the score");
    const recording = plot(answer.recording, `Log-mel spectrogram of ${sound.name}, with the parts that raised the score`);
    const toggle = h("input", { type: "checkbox", checked: this.overlay, on: { change: () => { this.overlay = toggle.checked; this.redraw(); } } });
    toggle.checked = this.overlay;
    const cutS = this.controller.store.state.take?.cut?.[0] ?? 0;
    const [[takeFrom, takeTo], [from, to]] = [answer.imitation.matched_s, answer.recording.matched_s];
    const listen = (label: string, does: () => void): HTMLElement => h("button", { type: "button", class: "plain", on: { click: does } }, icon("play"), label);
    this.element.replaceChildren(
      h("h4", {}, "Your imitation"),
      imitation.element,
      h("h4", {}, sound.name),
      recording.element,
      h("div", { class: "legend" }, h("span", { class: "raised" }, "raised the score"), h("span", { class: "lowered" }, "lowered it"), h("label", {}, toggle, "Show")),
      h("p", { class: "sentence" }, answer.sentence),
      h("div", { class: "listen", role: "group", "aria-label": "Hear what matched" },
        listen("Hear it in the take", () => this.recorder.play([takeFrom + cutS, takeTo + cutS])),
        listen("Hear it in the sound", () => this.controller.play(sound, from, to))),
      h("details", {}, h("summary", {}, "In detail"), h("ul", { class: "words" }, ...answer.words.map((sentence) => h("li", {}, sentence)))),
    );
    this.draws = [imitation.draw, recording.draw];
    this.redraw();
  }
}
