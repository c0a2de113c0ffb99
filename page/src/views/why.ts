/** Why a sound matched: both spectrograms, what raised the score on them, and words. */

import { inWords } from "../search";
import type { Controller } from "../controller";
import { h, icon } from "../dom";
import type { Compared, Explanation, Sound } from "../types";
import { plot } from "./plot";
import type { RecorderView } from "./recorder";

const WAITING = "Covering each part of both in turn, to see what the score loses …";

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
    this.element.append(h("p", { class: "waiting" }, WAITING));
    try {
      const take = await this.controller.search.takeId();
      if (!take || asking.signal.aborted) return;
      const asked = [sound.library, take, sound.id, sound.start_s ?? 0, asking.signal] as const;
      const explained = this.controller.api.explain(...asked);
      // What is compared is seen at once, and what of it matched as soon as that is known.
      const first = await Promise.race([explained, this.controller.api.compared(...asked).catch(() => explained)]);
      if (asking.signal.aborted) return;
      if (!("sentence" in first)) this.picture(first, sound, h("p", { class: "waiting" }, WAITING));
      const answer = await explained;
      if (!asking.signal.aborted) this.render(answer, sound);
    } catch (error) {
      if (!asking.signal.aborted) this.element.replaceChildren(h("p", { class: "fault" }, inWords(error) ?? "The server does not answer."));
    }
  }

  /** Shows the spectrograms of both, and what is to be said below them. */
  private picture({ imitation, recording }: Compared, sound: Sound, ...below: HTMLElement[]): void {
    const parts = "contribution" in imitation ? ", with the parts that raised the score" : "";
    const [take, found] = [plot(imitation, `Log-mel spectrogram of your imitation${parts}`), plot(recording, `Log-mel spectrogram of ${sound.name}${parts}`)];
    this.element.replaceChildren(h("h4", {}, "Your imitation"), take.element, h("h4", {}, sound.name), found.element, ...below);
    this.draws = [take.draw, found.draw];
    this.redraw();
  }

  private render(answer: Explanation, sound: Sound): void {
    const toggle = h("input", { type: "checkbox", checked: this.overlay, on: { change: () => { this.overlay = toggle.checked; this.redraw(); } } });
    toggle.checked = this.overlay;
    const cutS = this.controller.store.state.take?.cut?.[0] ?? 0;
    const [[takeFrom, takeTo], [from, to]] = [answer.imitation.matched_s, answer.recording.matched_s];
    const listen = (label: string, does: () => void): HTMLElement => h("button", { type: "button", class: "plain", on: { click: does } }, icon("play"), label);
    this.picture(
      answer,
      sound,
      h("div", { class: "legend" }, h("span", { class: "raised" }, "raised the score"), h("span", { class: "lowered" }, "lowered it"), h("label", {}, toggle, "Show")),
      h("p", { class: "sentence" }, answer.sentence),
      h("div", { class: "listen", role: "group", "aria-label": "Hear what matched" },
        listen("Hear it in the take", () => this.recorder.play([takeFrom + cutS, takeTo + cutS])),
        listen("Hear it in the sound", () => this.controller.play(sound, from, to))),
      h("details", {}, h("summary", {}, "In detail"), h("ul", { class: "words" }, ...answer.words.map((sentence) => h("li", {}, sentence)))),
    );
  }
}
