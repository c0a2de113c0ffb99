/** The library in the header, and the dialog with all of them. */

import type { Controller } from "../controller";
import type { Connection } from "../connection";
import { byId, h, iconButton } from "../dom";
import { inWords } from "../search";
import type { Library } from "../types";
import { count, timeLeft } from "../words";

const SKIPPED_PAGE = 50;

export class LibraryView {
  private readonly choice: HTMLSelectElement;
  private readonly state: HTMLButtonElement;
  private readonly progress = h("progress", { "aria-label": "Progress of the indexing", hidden: true });
  private readonly dialog = h("dialog", { class: "dialog", "aria-labelledby": "library-title" });

  constructor(
    private readonly controller: Controller,
    private readonly connection: Connection,
  ) {
    const { store } = controller;
    this.choice = h("select", { "aria-label": "Library", on: { change: () => controller.switchLibrary(this.choice.value) } });
    this.state = h("button", { type: "button", class: "library-state", title: "About this library", on: { click: () => this.open() } });
    byId("library").append(this.choice, this.state, this.progress);
    document.body.append(this.dialog);
    store.watch(["libraries", "lib"], () => this.render());
  }

  open(): void {
    this.renderDialog();
    this.dialog.showModal();
  }

  private render(): void {
    const { libraries, lib } = this.controller.store.state;
    const library = this.controller.store.library;
    this.choice.replaceChildren(...libraries.map(({ id, name, folder }) => h("option", { value: id, title: folder }, name)));
    this.choice.value = lib ?? "";
    this.choice.hidden = libraries.length === 0;
    this.state.textContent = library ? inShort(library) : "";
    this.state.classList.toggle("fault", library?.state === "failed");
    const progress = library?.progress;
    this.progress.hidden = !progress;
    if (progress && progress.total > 0) [this.progress.max, this.progress.value] = [progress.total, progress.done];
    else this.progress.removeAttribute("value");
    if (this.dialog.open) this.renderDialog();
  }

  private renderDialog(): void {
    const library = this.controller.store.library;
    const kept = this.dialog.querySelector(".skipped");
    const skipped = library && library.skipped + library.notices > 0 ? (kept ?? this.skippedList(library)) : null;
    this.dialog.replaceChildren(
      h("div", { class: "details-bar" }, h("h2", { id: "library-title" }, library?.name ?? "No library"), iconButton("close", "Close", () => this.dialog.close(), "Esc")),
      ...(library ? this.about(library) : []),
      skipped ?? "",
    );
  }

  private about(library: Library): HTMLElement[] {
    const busy = library.state === "indexing";
    const index = h("button", { type: "button", class: "wide", disabled: busy, on: { click: () => void this.reindex(library) } }, busy ? "Indexing …" : "Bring the index up to date");
    return [
      h("p", { class: "where" }, library.folder),
      h("p", {}, inFull(library)),
      ...(library.error ? [h("p", { class: "fault" }, library.error)] : []),
      index,
    ];
  }

  private async reindex(library: Library): Promise<void> {
    try {
      await this.controller.api.index(library.id);
      await this.connection.look();
    } catch (error) {
      this.controller.store.set({ failure: inWords(error) });
    }
  }

  private skippedList(library: Library): HTMLElement {
    const list = h("ol", { tabindex: "0", "aria-label": "What is not read" });
    const more = h("button", { type: "button", class: "plain", hidden: true, on: { click: () => void extend() } }, "Show more");
    const extend = async (): Promise<void> => {
      const { total, items } = await this.controller.api.skipped(library.id, list.childElementCount, SKIPPED_PAGE);
      list.append(...items.map(({ path, reason }) => h("li", {}, h("b", {}, path), h("span", {}, reason))));
      more.hidden = list.childElementCount >= total || items.length === 0;
    };
    extend().catch((error: unknown) => list.append(h("li", {}, inWords(error) ?? "The server does not answer.")));
    return h("section", { class: "skipped", "data-library": library.id }, h("h3", {}, library.skipped > 0 ? `${count(library.skipped, "file")} could not be read` : "Not read"), list, more);
  }
}

/** "60 sounds", "Indexing 120 of 400, about 40 s left". */
export function inShort({ state, sounds, skipped, progress }: Library): string {
  if (progress) {
    const left = progress.seconds_left === null ? "" : `, ${timeLeft(progress.seconds_left)} left`;
    return progress.total > 0 ? `Indexing ${progress.done.toLocaleString("en-GB")} of ${progress.total.toLocaleString("en-GB")}${left}` : "Looking for sounds …";
  }
  if (state === "failed") return "Could not be read";
  const unread = skipped > 0 ? `, ${skipped.toLocaleString("en-GB")} unreadable` : "";
  return `${count(sounds, "sound")}${unread}${state === "incomplete" ? ", not all indexed" : ""}`;
}

function inFull(library: Library): string {
  const { sounds, seconds, state } = library;
  const length = seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
  const held = `${count(sounds, "sound")}, ${seconds < 90 ? count(Math.round(seconds), "second") : length} in all.`;
  if (state === "indexing") return `${held} ${inShort(library)}. What is indexed can be searched already.`;
  if (state === "incomplete") return `${held} An indexing was interrupted: bring the index up to date to go on where it was.`;
  return held;
}
