/** Text, folder, favourites, refinements; and how many sounds are left. */

import type { Controller } from "../controller";
import { byId, h, icon } from "../dom";
import type { FolderCount, Library, Refinement } from "../types";
import { count } from "../words";

export class FiltersView {
  readonly text: HTMLInputElement;
  private readonly folder: HTMLSelectElement;
  private readonly favourites: HTMLButtonElement;
  private readonly chips = h("ul", { class: "chips", "aria-label": "Refinements" });
  private readonly tally = h("p", { class: "tally", role: "status" });
  private listed = "";

  constructor(private readonly controller: Controller) {
    const { store } = controller;
    this.text = h("input", {
      type: "search", placeholder: "Words in the name or folder", "aria-label": "Words in the name or folder", autocomplete: "off", spellcheck: "false", title: "Search in names (/)",
      on: { input: () => controller.filter({ text: this.text.value }) },
    });
    this.folder = h("select", { "aria-label": "Folder", on: { change: () => controller.filter({ folder: this.folder.value }) } });
    this.favourites = h(
      "button",
      { type: "button", class: "toggle", title: "Favourites only (F)", on: { click: () => controller.filter({ favourites: !store.state.favourites }) } },
      icon("star"),
      h("span", {}, "Favourites"),
    );
    byId("filters").append(h("div", { class: "fields" }, this.text, this.folder, this.favourites, this.tally), this.chips);
    store.watch(["favourites"], () => this.favourites.setAttribute("aria-pressed", String(store.state.favourites)));
    store.watch(["text"], () => {
      if (this.text.value !== store.state.text) this.text.value = store.state.text;
    });
    store.watch(["folder"], () => (this.folder.value = store.state.folder));
    store.watch(["refinements", "take", "also"], () => this.renderChips());
    store.watch(["total", "ms", "searching", "failure", "items", "take", "refinements"], () => this.renderTally());
    store.watch(["lib", "among", "libraries"], () => void this.renderFolders());
  }

  private async renderFolders(): Promise<void> {
    const { searched } = this.controller.store;
    const key = searched.map(({ id, sounds, state }) => `${id}/${sounds}/${state}`).join();
    if (!key || key === this.listed) return;
    this.listed = key;
    const folders = await this.folders(searched);
    if (key !== this.listed) return;
    if (!folders) return void (this.listed = "");
    this.folder.replaceChildren(
      h("option", { value: "" }, "All folders"),
      ...folders.filter(({ folder }) => folder !== "").map(({ folder, sounds }) => h("option", { value: folder }, `${folder}  (${sounds.toLocaleString("en-GB")})`)),
    );
    this.folder.value = this.controller.store.state.folder;
  }

  /** The folders of all libraries that are searched; one that several have is one. */
  private async folders(searched: readonly Library[]): Promise<FolderCount[] | null> {
    const counts = new Map<string, number>();
    try {
      for (const found of await Promise.all(searched.map(({ id }) => this.controller.api.folders(id))))
        for (const { folder, sounds } of found) counts.set(folder, (counts.get(folder) ?? 0) + sounds);
    } catch {
      return null;
    }
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([folder, sounds]) => ({ folder, sounds }));
  }

  private renderChips(): void {
    const { refinements, take, also } = this.controller.store.state;
    const several = take && also.length > 0 ? [take, ...also] : [];
    this.chips.hidden = refinements.length + several.length === 0;
    this.chips.replaceChildren(
      ...several.map((one) => h("li", {}, h("button", { type: "button", class: "chip voice", "aria-label": `Without ${one.name}`, title: "Searched for together with the others; click to leave it out", on: { click: () => this.controller.part(one) } }, icon("mic"), h("span", {}, one.name), icon("close")))),
      ...refinements.map((refinement) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: `chip ${refinement.kind}`, "aria-label": `Take back: ${said(refinement)}`, on: { click: () => this.controller.withdraw(refinement) } },
            icon(refinement.kind === "like" ? "plus" : "minus"),
            h("span", {}, said(refinement)),
            icon("close"),
          ),
        ),
      ),
      refinements.length > 0 && h("li", {}, h("button", { type: "button", class: "plain", title: "Ctrl Z", on: { click: () => this.controller.undo() } }, icon("undo"), "Undo")) || "",
    );
  }

  private renderTally(): void {
    const { total, ms, searching, failure, items, take, refinements } = this.controller.store.state;
    const hidden = refinements.filter(({ kind }) => kind === "unlike").length;
    this.tally.classList.toggle("fault", failure !== null);
    if (failure) this.tally.textContent = failure;
    else if (searching && items.length === 0) this.tally.textContent = "Searching …";
    else if (take?.refused != null) this.tally.textContent = "Nothing is searched for";
    else this.tally.textContent = `${count(total, "sound")}${ms !== null && items[0]?.score != null ? ` ranked in ${Math.max(1, Math.round(ms))} ms` : ""}${hidden ? `, ${hidden.toLocaleString("en-GB")} hidden` : ""}`;
  }
}

function said({ kind, name }: Refinement): string {
  return `${kind === "like" ? "more like" : "not"} ${name}`;
}
