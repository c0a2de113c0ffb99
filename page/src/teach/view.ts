/** The page of teaching: a sound to imitate, what was made of it, and all takes. */

import { drawLive } from "../draw/waveform";
import { byId, h, icon, iconButton, type IconName } from "../dom";
import { count, ordinal } from "../words";
import type { Hearing } from "../audio/silence";
import type { TeachState } from "./api";
import type { Teaching } from "./teaching";

const MOST_PEAKS = 1000;
type TakeState = TeachState["takes"][number];

export class TeachView {
  private readonly live = h("canvas", { class: "live", role: "img", "aria-label": "What the microphone hears" });
  private readonly question = h("section", { class: "question", "aria-labelledby": "question-title" });
  private readonly progress = h("section", { class: "progress-of-teaching", "aria-labelledby": "progress-title" });
  private readonly takes = h("section", { class: "taught", "aria-labelledby": "takes-title" });
  private readonly fault = h("p", { class: "fault", role: "alert" });
  private readonly said = h("p", { class: "said", role: "status" });
  private readonly where = h("p", { class: "soft" });
  private readonly choice = h("select", { "aria-label": "Library", on: { change: () => void this.teaching.choose(this.choice.value) } });
  private peaks: number[] = [];
  private sure = false;
  private told: string | null = null;

  constructor(private readonly teaching: Teaching) {
    byId("library").append(this.choice);
    byId("teach").append(
      h("header", { class: "teach-intro" }, h("h2", {}, "Teach it your voice"), h("p", {}, "Menura plays a sound, you imitate it. What you make is kept on this machine until you delete it, and is used to learn how you imitate."), this.where),
      this.fault,
      this.question,
      this.progress,
      this.takes,
    );
  }

  /** Draws a block of the recording under way. */
  heard(peak: number, _: Hearing): void {
    this.peaks = [...this.peaks, peak].slice(-MOST_PEAKS);
    drawLive(this.live, this.peaks, null);
  }

  render(): void {
    const { known } = this.teaching;
    const focused = document.activeElement?.getAttribute("data-act");
    this.choice.replaceChildren(...known.libraries.map(({ id, name, folder }) => h("option", { value: id, title: folder }, name)));
    this.choice.value = known.lib ?? "";
    this.choice.hidden = known.libraries.length < 2;
    this.fault.textContent = known.fault ?? "";
    this.where.replaceChildren(...(known.state ? ["The takes lie in ", h("code", {}, known.state.folder)] : []));
    this.renderQuestion();
    this.renderProgress();
    this.renderTakes();
    if (focused) document.querySelector<HTMLElement>(`[data-act="${focused}"]:not(:disabled)`)?.focus();
  }

  private renderQuestion(): void {
    const { sound, why, kept, recording, state, unsent } = this.teaching.known;
    this.question.hidden = !state;
    if (!sound) return this.question.replaceChildren(h("h3", { id: "question-title" }, "No sound is left"), h("p", {}, why));
    const busy = recording !== "off";
    if (!busy) this.peaks = [];
    const words = { off: kept ? "Once more" : "Imitate it", asking: "Waiting for the microphone …", on: "End the take", sending: "Listening to it …" }[recording];
    const record = act("record", recording === "on" ? "stop" : "mic", words, "R", () => this.teaching.record(), recording === "sending");
    record.classList.add("main-act");
    this.question.replaceChildren(
      h("h3", { id: "question-title" }, sound.name),
      h("p", { class: "soft" }, why),
      h("div", { class: "acts-line" }, act("play", "play", "Play the sound", "P", () => this.teaching.play(), busy), record, unsent ? act("send", "undo", "Send it again", "", () => void this.teaching.sendAgain(), busy) : "", kept ? "" : act("skip", "close", "Skip", "S", () => void this.teaching.skip(), busy)),
      kept && !busy ? "" : h("div", { class: "live-line" }, busy && recording !== "sending" ? this.live : h("p", { class: "soft" }, kept ? "" : "Play it as often as you like. Let it end before you begin: what the loudspeaker says is no imitation.")),
      kept ? this.answer(kept, state?.takes.find(({ name }) => name === kept) ?? null, busy) : "",
    );
  }

  private answer(name: string, take: TakeState | null, busy: boolean): HTMLElement {
    const { state, sound } = this.teaching.known;
    const rank = take?.rank;
    const words = rank ? `Kept. A search with this take would have found ${sound?.name ?? "the sound"} as the ${ordinal(rank)} of ${count(state?.among ?? 0, "sound")}.` : "Kept.";
    if (this.told !== name) [this.said.textContent, this.told] = [words, name];
    return h(
      "div",
      { class: "answer" },
      this.said,
      h(
        "div",
        { class: "acts-line" },
        act("next", "check", "Next sound", "N", () => void this.teaching.next(), busy),
        act("hear", "play", "Hear the take", "H", () => this.teaching.hearTake(name), busy),
        act("redo", "undo", "Instead of it, another", "A", () => this.teaching.record(name), busy),
        act("delete", "close", "Delete it", "", () => void this.teaching.remove(name), busy),
      ),
    );
  }

  private renderProgress(): void {
    const { state, learning } = this.teaching.known;
    this.progress.hidden = !state || state.takes.length === 0;
    if (!state) return;
    const [n, { enough, found, among, learned }] = [state.takes.length, state];
    const now = `As the model hears you now, ${found.first} of ${count(n, "take")} find their sound first, and ${found.ten} among the first ten of ${count(among, "sound")}.`;
    this.progress.replaceChildren(
      h("h3", { id: "progress-title" }, n < enough ? `${n} of ${count(enough, "take")}` : count(n, "take")),
      h("progress", { max: enough, value: Math.min(n, enough), "aria-labelledby": "progress-title" }),
      h("p", {}, n < enough ? `After ${enough} it is worth learning from them.` : now),
      learned ? h("p", { class: "learned" }, learned.sentence) : "",
      h(
        "div",
        { class: "acts-line" },
        n < enough ? "" : act("learn", "check", learning ? "Learning …" : learned ? "Learn again" : "Learn from them", "", () => void this.learn(), learning),
        learned ? act("forget", "undo", "Forget what was learned", "", () => void this.teaching.forget(), learning) : "",
      ),
      h("p", { class: "outcome", role: "status" }, this.outcome),
    );
  }

  private outcome = "";

  private async learn(): Promise<void> {
    this.outcome = "";
    const sentence = await this.teaching.learn();
    this.outcome = this.teaching.known.state?.learned ? "Searches use it from now on." : (sentence ?? "");
    this.render();
  }

  private renderTakes(): void {
    const { state } = this.teaching.known;
    const takes = state?.takes ?? [];
    this.takes.hidden = takes.length === 0;
    const all = this.sure
      ? h("div", { class: "acts-line" }, h("span", {}, "All takes, and what was learned of them?"), act("delete-all", "close", "Delete all of it", "", () => void this.removeAll()), act("keep-all", "undo", "Keep them", "", () => this.ask(false)))
      : act("ask-all", "close", "Delete all …", "", () => this.ask(true));
    this.takes.replaceChildren(
      h("h3", { id: "takes-title" }, "Your takes"),
      h("ol", { class: "takes-list", "aria-labelledby": "takes-title" }, ...[...takes].reverse().map((take) => this.item(take))),
      all,
    );
  }

  private item({ name, label, rank, fault }: TakeState): HTMLElement {
    return h(
      "li",
      {},
      iconButton("play", `Hear the take of ${label}`, () => this.teaching.hearTake(name), undefined, { "data-act": `hear-${name}` }),
      h("span", { class: "of" }, label),
      h("span", { class: "soft" }, fault ?? (rank ? `found as the ${ordinal(rank)}` : "")),
      iconButton("close", `Delete the take of ${label}`, () => void this.teaching.remove(name), undefined, { "data-act": `delete-${name}` }),
    );
  }

  private ask(sure: boolean): void {
    this.sure = sure;
    this.render();
  }

  private async removeAll(): Promise<void> {
    this.sure = false;
    await this.teaching.removeAll();
  }
}

function act(name: string, picture: IconName, words: string, key: string, does: () => void, disabled = false): HTMLButtonElement {
  return h("button", { type: "button", class: "plain boxed", "data-act": name, disabled, on: { click: does } }, icon(picture), words, key ? h("kbd", { "aria-hidden": "true" }, key) : "");
}
