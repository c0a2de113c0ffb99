/** The screen on which results are heard and rated, and one of them pointed at. */

import { h, icon } from "../dom";
import type { StudyState } from "./api";
import { draftOf, isWhole, keepDraft, type Draft } from "./draft";
import type { Ear } from "./ear";
import { heading, primary } from "./screens";

const LEAST = 1;
const MOST = 5;

export class RateScreen {
  readonly element: HTMLElement;
  private readonly draft: Draft;
  private readonly silent = new Set<number>(); // those that cannot be played
  private readonly hint = h("p", { class: "study-hint", role: "status" });
  private readonly next: HTMLButtonElement;

  constructor(
    state: StudyState,
    ear: Ear,
    send: (draft: Draft & { chosen: number }) => void,
  ) {
    this.draft = draftOf(state.turn, state.results.length);
    this.next = primary("Next", () => {
      const { chosen } = this.draft;
      if (chosen !== null) send({ ...this.draft, chosen });
    });
    const rows = state.results.map((result, place) => this.row(place, () => ear.result(place, result.start_s, result.end_s)));
    const none = h("label", { class: "study-none" }, this.pointer(0), state.results.length > 0 ? "None of these is the sound that I imitated" : "Nothing was found");
    this.element = h(
      "section",
      { class: "study-card" },
      heading("What was found"),
      h("p", {}, "Hear each of them. How much is it like the sound that you imitated, and is one of them that very sound?"),
      h(
        "div",
        { class: "study-buttons study-small" },
        h("button", { type: "button", class: "study-play", on: { click: () => ear.sound() } }, icon("play"), h("span", {}, "The sound")),
        h("button", { type: "button", class: "study-play", on: { click: () => ear.take() } }, icon("play"), h("span", {}, "Your take")),
      ),
      h("ol", { class: "study-results" }, ...rows),
      none,
      this.hint,
      this.next,
    );
    ear.watch({ began: () => undefined, failed: (words, place) => this.cannotPlay(words, place) });
    this.render();
  }

  private row(place: number, play: () => void): HTMLElement {
    const scale = Array.from({ length: MOST - LEAST + 1 }, (_, i) => i + LEAST).map((rating) => {
      const input = h("input", { type: "radio", name: `rating-${place}`, value: rating, checked: this.draft.ratings[place] === rating, on: { change: () => this.rated(place, rating) } });
      return h("label", {}, input, h("span", {}, String(rating)));
    });
    return h(
      "li",
      {},
      h("button", { type: "button", class: "study-play", "aria-label": `Play result ${place + 1}`, on: { click: play } }, icon("play"), h("span", {}, String(place + 1))),
      h("fieldset", { class: "study-scale" }, h("legend", {}, `Result ${place + 1}: how like the sound`), h("i", {}, "not at all"), ...scale, h("i", {}, "just like it")),
      h("label", { class: "study-it" }, this.pointer(place + 1), "This is it"),
    );
  }

  private pointer(place: number): HTMLInputElement {
    return h("input", { type: "radio", name: "it", value: place, checked: this.draft.chosen === place, on: { change: () => this.pointed(place) } });
  }

  private rated(place: number, rating: number): void {
    this.draft.ratings = this.draft.ratings.map((one, at) => (at === place ? rating : one));
    this.changed();
  }

  private pointed(place: number): void {
    this.draft.chosen = place;
    this.changed();
  }

  private changed(): void {
    keepDraft(this.draft);
    this.render();
  }

  private cannotPlay(words: string, place: number | null): void {
    if (place !== null) this.silent.add(place);
    this.render();
    this.hint.textContent = place === null ? words : `Result ${place + 1} cannot be played, and need not be rated. ${words}`;
  }

  private render(): void {
    const whole = isWhole(this.draft, this.silent);
    this.next.disabled = !whole;
    this.hint.textContent = whole ? "" : "Rate each of them, and say which one is it, or that none is.";
  }
}
