/** Beside the switches of listening: collections, what was played last, a sound at random; and what to do with marked sounds. */

import type { Controller } from "../controller";
import { byId, h, icon, iconButton } from "../dom";
import { count } from "../words";
import { CollectionsDialog } from "./collections";

export class MarkedView {
  readonly collections: CollectionsDialog;
  private readonly shown: HTMLButtonElement;
  private readonly bar = h("div", { class: "marked-bar", role: "group", "aria-label": "Marked sounds" });
  private readonly tally = h("span", { role: "status" });
  private readonly played = h("dialog", { class: "dialog", "aria-labelledby": "played-title" });
  private readonly playedList = h("ol", { class: "played" });

  constructor(private readonly controller: Controller) {
    const { store } = controller;
    this.collections = new CollectionsDialog(controller);
    const plain = (words: string, title: string, does: () => void): HTMLButtonElement =>
      h("button", { type: "button", class: "plain", title, on: { click: does } }, words);
    this.shown = plain("Collections", "Collections (P)", () => this.collections.open());
    this.bar.append(
      this.tally,
      plain("Put into a collection …", "Put into a collection (P)", () => this.collections.open()),
      plain("Unmark", "Unmark all (Esc)", () => controller.marks.clear()),
    );
    this.played.append(
      h("div", { class: "details-bar" }, h("h2", { id: "played-title" }, "Played last"), iconButton("close", "Close", () => this.played.close(), "Esc")),
      this.playedList,
    );
    document.body.append(this.played);
    byId("kept").append(this.shown, plain("Played last", "What was played last", () => this.showPlayed()), plain("Random sound", "Play any of these sounds (G)", () => void controller.surprise()), this.bar);
    store.watch(["collections", "collection"], () => this.renderShown());
    store.watch(["marked"], () => this.renderMarked());
  }

  private renderShown(): void {
    const { collection, collections } = this.controller.store.state;
    const name = collections.find(({ id }) => id === collection)?.name ?? "a collection";
    this.shown.textContent = collection === null ? "Collections" : `Only in ${name}`;
    this.shown.classList.toggle("on", collection !== null);
  }

  private renderMarked(): void {
    const { marked } = this.controller.store.state;
    this.bar.hidden = marked.size === 0;
    this.tally.textContent = marked.size === 0 ? "" : `${count(marked.size, "sound")} marked`;
  }

  private showPlayed(): void {
    const { all } = this.controller.played;
    const items = all.map(({ library, id, path, name }) => {
      const recall = (): void => {
        this.played.close();
        void this.controller.recall(library, id, path);
      };
      return h("li", {}, h("button", { type: "button", class: "plain", title: path, on: { click: recall } }, icon("play"), name));
    });
    this.playedList.replaceChildren(...(items.length > 0 ? items : [h("li", { class: "empty" }, "Nothing was played yet.")]));
    this.played.showModal();
  }
}
