/** The libraries in the header: which is searched, or all of them as one, and how they are. */

import type { Connection } from "../connection";
import type { Controller } from "../controller";
import { byId, h } from "../dom";
import { ALL, type Library } from "../types";
import { count, timeLeft } from "../words";
import { LibrariesDialog } from "./libraries";

const SOME = "some";

export class LibraryView {
  private readonly choice: HTMLSelectElement;
  private readonly state: HTMLButtonElement;
  private readonly progress = h("progress", { "aria-label": "Progress of the indexing", hidden: true });

  constructor(
    private readonly controller: Controller,
    connection: Connection,
  ) {
    const { store } = controller;
    const dialog = new LibrariesDialog(controller, connection);
    this.choice = h("select", { "aria-label": "Library", on: { change: () => this.choose(dialog) } });
    this.state = h("button", { type: "button", class: "library-state", title: "About the libraries", on: { click: () => dialog.open() } });
    byId("library").append(this.choice, this.state, this.progress);
    store.watch(["libraries", "lib", "among", "status"], () => this.render());
  }

  private choose(dialog: LibrariesDialog): void {
    if (this.choice.value !== SOME) return this.controller.switchLibrary(this.choice.value);
    this.render();
    dialog.open(); // where each has a box to tick
  }

  private render(): void {
    const { libraries, lib, among, status } = this.controller.store.state;
    const { searched } = this.controller.store;
    const some = lib === ALL && among.length > 0;
    this.choice.replaceChildren(
      ...libraries.map(({ id, name, folder, state }) => h("option", { value: id, title: folder }, state === "absent" ? `${name} (absent)` : name)),
      libraries.length > 1 ? h("option", { value: ALL }, "All libraries") : "",
      libraries.length > 2 ? h("option", { value: SOME }, some ? `${searched.length} of ${libraries.length} libraries` : "Some of them …") : "",
    );
    this.choice.value = some ? SOME : (lib ?? "");
    this.choice.hidden = libraries.length === 0;
    this.state.textContent = lib === ALL ? allInShort(searched) : searched[0] ? inShort(searched[0]) : status ? "Add a folder …" : "";
    this.state.classList.toggle("fault", searched.some(({ state }) => state === "failed" || state === "absent"));
    const progress = searched.find((one) => one.progress)?.progress;
    this.progress.hidden = !progress;
    if (progress && progress.total > 0) [this.progress.max, this.progress.value] = [progress.total, progress.done];
    else this.progress.removeAttribute("value");
  }
}

/** "60 sounds", "Indexing 120 of 400, about 40 s left". */
export function inShort({ state, sounds, skipped, progress }: Library): string {
  if (progress) {
    const left = progress.seconds_left === null ? "" : `, ${timeLeft(progress.seconds_left)} left`;
    return progress.total > 0 ? `${progress.measuring ? "Measuring pitch and tempo:" : "Indexing"} ${progress.done.toLocaleString("en-GB")} of ${progress.total.toLocaleString("en-GB")}${left}` : "Looking for sounds …";
  }
  if (state === "failed") return "Could not be read";
  if (state === "absent") return "Absent";
  const unread = skipped > 0 ? `, ${skipped.toLocaleString("en-GB")} unreadable` : "";
  return `${count(sounds, "sound")}${unread}${state === "incomplete" ? ", not all indexed" : ""}`;
}

/** "62 sounds in 2 libraries, 1 not there". */
function allInShort(libraries: readonly Library[]): string {
  const indexing = libraries.find(({ progress }) => progress);
  if (indexing) return `${indexing.name}: ${inShort(indexing)}`;
  const there = libraries.filter(({ state }) => state !== "absent" && state !== "failed");
  const sounds = there.reduce((sum, one) => sum + one.sounds, 0);
  const away = libraries.length - there.length;
  return `${count(sounds, "sound")} in ${count(there.length, "library", "libraries")}${away ? `, ${away} not there` : ""}`;
}
