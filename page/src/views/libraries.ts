/** The dialog with all libraries: what each holds, what is not read; folders are added, looked through again, removed. */

import type { Connection } from "../connection";
import type { Controller } from "../controller";
import { h, iconButton } from "../dom";
import { inWords } from "../search";
import { ALL, type KnownFolder, type Library } from "../types";
import { count } from "../words";
import { inShort } from "./library";

const SKIPPED_PAGE = 50;

export class LibrariesDialog {
  private readonly dialog = h("dialog", { class: "dialog", "aria-labelledby": "library-title" });
  private readonly list = h("ul", { class: "libraries", "aria-label": "Open folders" });
  private readonly fault = h("p", { class: "fault", role: "alert" });
  private readonly path = h("input", { type: "text", class: "path", "aria-label": "Whole path of a folder", placeholder: "Whole path of a folder", autocomplete: "off", spellcheck: "false" });
  private readonly known = h("ul", { class: "known", "aria-label": "Folders from before" });
  private readonly adding = h("section", { class: "adding" });
  private readonly skipped = new Map<string, HTMLElement>();
  private removing: string | null = null;

  constructor(
    private readonly controller: Controller,
    private readonly connection: Connection,
  ) {
    const add = h("form", { on: { submit: (event) => this.submit(event) } }, this.path, h("button", { type: "submit", class: "plain boxed" }, "Add"));
    this.adding.append(h("h3", {}, "Add a folder"), add, this.known);
    this.dialog.append(
      h("div", { class: "details-bar" }, h("h2", { id: "library-title" }, "Libraries"), iconButton("close", "Close", () => this.dialog.close(), "Esc")),
      this.list,
      this.fault,
      this.adding,
    );
    document.body.append(this.dialog);
    controller.store.watch(["libraries", "lib", "among", "status"], () => this.dialog.open && this.render());
  }

  open(): void {
    this.fault.textContent = "";
    this.removing = null;
    this.skipped.clear();
    this.render();
    void this.renderKnown();
    this.dialog.showModal();
  }

  private render(): void {
    const { libraries, status } = this.controller.store.state;
    const focused = document.activeElement?.getAttribute("data-act");
    this.list.replaceChildren(...libraries.map((library) => this.item(library)));
    if (focused) this.dialog.querySelector<HTMLElement>(`[data-act="${focused}"]`)?.focus();
    this.adding.hidden = !status?.manages;
  }

  private item(library: Library): HTMLElement {
    const busy = library.state === "indexing";
    const again = library.state === "absent" ? "Look again" : busy ? "Indexing …" : "Bring the index up to date";
    const act = (name: string, words: string, does: () => void, disabled = false): HTMLButtonElement =>
      h("button", { type: "button", class: "plain boxed", "data-act": `${name}-${library.id}`, "aria-label": `${words}: ${library.name}`, disabled, on: { click: does } }, words);
    const acts = [
      act("index", again, () => void this.does(() => this.reindex(library)), busy),
      this.controller.store.state.status?.manages ? act("remove", "Remove …", () => this.ask(library)) : "",
    ];
    return h(
      "li",
      { class: library.state },
      h("div", { class: "library-line" }, h("h3", {}, library.name), this.controller.store.state.libraries.length > 1 && this.searches(library)),
      h("p", { class: "where" }, library.folder),
      h("p", {}, inFull(library)),
      library.error ? h("p", { class: "fault" }, library.error) : "",
      h("div", { class: "acts-line" }, ...acts),
      this.removing === library.id ? this.confirmation(library) : "",
      library.skipped + library.notices > 0 ? this.skippedList(library) : "",
    );
  }

  /** Whether a library is searched: any of them, but one at least. */
  private searches(library: Library): HTMLElement {
    const { store } = this.controller;
    const searched = store.searched.map(({ id }) => id);
    const checked = searched.includes(library.id);
    const change = (): void => {
      const next = store.state.libraries.map(({ id }) => id).filter((id) => (id === library.id ? !checked : searched.includes(id)));
      if (next.length === 1) this.controller.switchLibrary(next[0]!);
      else this.controller.switchLibrary(ALL, next.length < store.state.libraries.length ? next : []);
    };
    return h("label", {}, h("input", { type: "checkbox", "data-act": `search-${library.id}`, checked, disabled: checked && searched.length === 1, on: { change } }), h("span", {}, "Searched"), h("span", { class: "unseen" }, `: ${library.name}`));
  }

  private ask(library: Library): void {
    this.removing = this.removing === library.id ? null : library.id;
    this.render();
    this.dialog.querySelector<HTMLElement>(".confirm button")?.focus();
  }

  /** Removing forgets a folder; what is in it is the user's, and stays. */
  private confirmation(library: Library): HTMLElement {
    const remove = (withIndex: boolean, words: string): HTMLElement =>
      h("button", { type: "button", class: "plain boxed", on: { click: () => void this.does(() => this.remove(library, withIndex)) } }, words);
    return h(
      "div",
      { class: "confirm", role: "group", "aria-label": `Remove ${library.name}` },
      h("p", {}, "Menura forgets the folder. The sounds in it are not touched."),
      h("div", { class: "acts-line" }, remove(false, "Remove"), remove(true, "Remove, and delete its index")),
    );
  }

  private async renderKnown(): Promise<void> {
    const known = this.controller.store.state.status?.manages ? await this.controller.api.known().catch(() => []) : [];
    const item = ({ folder, name, there }: KnownFolder): HTMLElement =>
      h("li", {}, h("button", { type: "button", class: "plain", title: folder, disabled: !there, on: { click: () => void this.does(() => this.add(folder)) } }, there ? name : `${name} (absent)`));
    this.known.replaceChildren(...known.map(item));
  }

  private submit(event: Event): void {
    event.preventDefault();
    const folder = this.path.value.trim();
    if (folder) void this.does(() => this.add(folder));
  }

  private async add(folder: string): Promise<void> {
    const { id } = await this.controller.api.add(folder);
    this.path.value = "";
    await this.connection.look();
    this.controller.switchLibrary(id);
    await this.renderKnown();
  }

  private async remove(library: Library, withIndex: boolean): Promise<void> {
    await this.controller.api.remove(library.id, withIndex);
    await this.connection.look();
    const { libraries, lib, among } = this.controller.store.state;
    const several = lib === ALL && libraries.length > 1;
    this.controller.switchLibrary(several ? ALL : (libraries.find(({ id }) => id === lib) ?? libraries[0])?.id ?? null, several ? among : []);
    await this.renderKnown();
  }

  private async reindex(library: Library): Promise<void> {
    await this.controller.api.index(library.id);
    await this.connection.look();
    const now = this.controller.store.state.libraries.find(({ id }) => id === library.id);
    if (now?.state === "absent") throw new Error(now.error ?? "The folder is still absent.");
    if (library.state === "absent") void this.controller.search.run();
  }

  /** Does what may be refused, and says why where it is. */
  private async does(what: () => Promise<void>): Promise<void> {
    this.fault.textContent = "";
    try {
      await what();
    } catch (error) {
      this.fault.textContent = inWords(error) ?? "The server does not answer.";
    }
    this.render();
  }

  private skippedList(library: Library): HTMLElement {
    const kept = this.skipped.get(library.id);
    if (kept) return kept;
    const list = h("ol", { tabindex: "0", "aria-label": `What is not read of ${library.name}` });
    const more = h("button", { type: "button", class: "plain", hidden: true, on: { click: () => void extend() } }, "Show more");
    const extend = async (): Promise<void> => {
      const { total, items } = await this.controller.api.skipped(library.id, list.childElementCount, SKIPPED_PAGE);
      list.append(...items.map(({ path, reason }) => h("li", {}, h("b", {}, path), h("span", {}, reason))));
      more.hidden = list.childElementCount >= total || items.length === 0;
    };
    extend().catch((error: unknown) => list.append(h("li", {}, inWords(error) ?? "The server does not answer.")));
    const section = h("section", { class: "skipped" }, h("h3", {}, library.skipped > 0 ? `${count(library.skipped, "file")} could not be read` : "Not read"), list, more);
    this.skipped.set(library.id, section);
    return section;
  }
}

function inFull(library: Library): string {
  const { sounds, seconds, state } = library;
  const length = seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
  const held = `${count(sounds, "sound")}, ${seconds < 90 ? count(Math.round(seconds), "second") : length} in all.`;
  if (state === "absent") return sounds > 0 ? `Absent: ${count(sounds, "sound")} are kept for when it returns, and not found meanwhile.` : "Absent.";
  if (state === "indexing") return `${held} ${inShort(library)}. What is indexed can be searched already.`;
  if (state === "incomplete") return `${held} An indexing was interrupted: bring the index up to date to go on where it was.`;
  return held;
}
