/** The dialog with all collections: sounds are put in, one is shown, named, noted, exported or deleted. */

import type { Controller } from "../controller";
import { h, iconButton } from "../dom";
import { inWords } from "../search";
import type { Collection, Sound } from "../types";
import { count } from "../words";

type Open = { id: number; what: "edit" | "export" | "delete" } | null;

export class CollectionsDialog {
  private readonly dialog = h("dialog", { class: "dialog", "aria-labelledby": "collections-title" });
  private readonly about = h("p", { class: "about" });
  private readonly list = h("ul", { class: "libraries", "aria-label": "Collections" });
  private readonly said = h("p", { role: "status" });
  private readonly name = h("input", { type: "text", "aria-label": "Name of a new collection", placeholder: "Name of a new collection", maxlength: "200", autocomplete: "off" });
  private opened: Open = null;

  constructor(private readonly controller: Controller) {
    const make = h("form", { on: { submit: (event) => this.submit(event) } }, this.name, h("button", { type: "submit", class: "plain boxed" }, "New collection"));
    this.dialog.append(
      h("div", { class: "details-bar" }, h("h2", { id: "collections-title" }, "Collections"), iconButton("close", "Close", () => this.dialog.close(), "Esc")),
      this.about,
      h("div", { class: "adding" }, make),
      this.said,
      this.list,
    );
    document.body.append(this.dialog);
    controller.store.watch(["collections", "collection"], () => this.dialog.open && this.render());
  }

  open(): void {
    if (this.dialog.open) return;
    this.opened = null;
    this.tell("");
    this.render();
    this.dialog.showModal();
    this.name.focus();
    void this.does(() => this.look());
  }

  /** Asks for the collections; without an answer the list stays as it was. */
  async look(): Promise<void> {
    this.controller.store.set({ collections: await this.controller.api.collections() });
  }

  private get chosen(): readonly Sound[] {
    return this.controller.marks.sounds;
  }

  private render(): void {
    const { collections } = this.controller.store.state;
    const { chosen } = this;
    this.about.textContent = chosen.length === 0 ? "Select or mark sounds to put them into a collection." : chosen.length === 1 ? `To put in: ${chosen[0]!.name}` : `To put in: ${count(chosen.length, "marked sound")}`;
    this.list.replaceChildren(...collections.map((one) => this.item(one)));
  }

  private item(collection: Collection): HTMLElement {
    const { store } = this.controller;
    const shown = store.state.collection === collection.id;
    const act = (words: string, does: () => void, disabled = false): HTMLElement =>
      h("button", { type: "button", class: "plain boxed", "aria-label": `${words}: ${collection.name}`, disabled, on: { click: does } }, words);
    const toggle = (what: NonNullable<Open>["what"]) => (): void => {
      this.opened = this.opened?.id === collection.id && this.opened.what === what ? null : { id: collection.id, what };
      this.render();
      this.dialog.querySelector<HTMLElement>(".confirm input, .confirm button")?.focus();
    };
    const { opened } = this;
    return h(
      "li",
      {},
      h("h3", {}, collection.name),
      h("p", {}, count(collection.sounds, "sound")),
      collection.notes ? h("p", { class: "notes" }, collection.notes) : "",
      h(
        "div",
        { class: "acts-line" },
        act("Put in", () => void this.does(() => this.collect(collection, this.chosen, [])), this.chosen.length === 0),
        act(shown ? "Show all sounds" : "Show", () => this.show(shown ? null : collection.id)),
        shown ? act("Take out", () => void this.does(() => this.collect(collection, [], this.chosen)), this.chosen.length === 0) : "",
        act("Name and notes", toggle("edit")),
        store.state.status?.manages ? act("Export", toggle("export")) : "",
        act("Delete", toggle("delete")),
      ),
      opened?.id === collection.id ? this.form(collection, opened.what) : "",
    );
  }

  private form(collection: Collection, what: NonNullable<Open>["what"]): HTMLElement {
    if (what === "edit") return this.editing(collection);
    if (what === "export") return this.exporting(collection);
    const sure = h("button", { type: "button", class: "plain boxed", on: { click: () => void this.does(() => this.delete(collection)) } }, "Delete it");
    return h("div", { class: "confirm", role: "group", "aria-label": `Delete ${collection.name}` }, h("p", {}, "The collection and its notes go; its sounds are not touched."), h("div", { class: "acts-line" }, sure));
  }

  private editing(collection: Collection): HTMLElement {
    const name = h("input", { type: "text", "aria-label": "Name", value: collection.name, maxlength: "200" });
    const notes = h("textarea", { "aria-label": "Notes", rows: "4", maxlength: "20000", placeholder: "Notes" }, collection.notes);
    const save = async (): Promise<void> => {
      await this.controller.api.changeCollection(collection.id, name.value, notes.value);
      this.opened = null;
      await this.look();
      this.tell("Kept.");
    };
    return this.formOf(`Name and notes of ${collection.name}`, save, name, notes, h("button", { type: "submit", class: "plain boxed" }, "Keep"));
  }

  private exporting(collection: Collection): HTMLElement {
    const folder = h("input", { type: "text", "aria-label": "Whole path of a folder", placeholder: "Whole path of a folder that is there", autocomplete: "off", spellcheck: "false" });
    const links = h("input", { type: "checkbox" });
    const write = async (): Promise<void> => {
      const made = await this.controller.api.exportCollection(collection.id, folder.value, links.checked);
      const left = made.left_out.length > 0 ? ` Left out: ${made.left_out.join("; ")}.` : "";
      this.opened = null;
      this.render();
      this.tell(`${count(made.sounds, "sound")} and a table are in ${made.folder}.${left}`);
    };
    return this.formOf(
      `Export ${collection.name}`,
      write,
      h("p", {}, "The collection gets a new folder in the one that you name; nothing there is written over."),
      folder,
      h("label", {}, links, " Links to the sounds, and not copies"),
      h("button", { type: "submit", class: "plain boxed" }, "Export"),
    );
  }

  private formOf(label: string, does: () => Promise<void>, ...parts: HTMLElement[]): HTMLElement {
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.does(does);
    };
    return h("form", { class: "confirm", "aria-label": label, on: { submit } }, ...parts);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const name = this.name.value.trim();
    if (!name) return;
    void this.does(async () => {
      const made = await this.controller.api.makeCollection(name);
      this.name.value = "";
      if (this.chosen.length > 0) await this.collect(made, this.chosen, []);
      else await this.look();
    });
  }

  private async collect(collection: Collection, add: readonly Sound[], remove: readonly Sound[]): Promise<void> {
    await this.controller.api.collect(collection.id, add, remove);
    this.controller.marks.clear();
    await this.look();
    this.tell(add.length > 0 ? `Put into ${collection.name}: ${count(add.length, "sound")}.` : `Taken out of ${collection.name}: ${count(remove.length, "sound")}.`);
    if (this.controller.store.state.collection === collection.id) void this.controller.search.run();
  }

  private show(collection: number | null): void {
    this.controller.filter({ collection });
    this.dialog.close();
  }

  private async delete(collection: Collection): Promise<void> {
    await this.controller.api.deleteCollection(collection.id);
    this.opened = null;
    if (this.controller.store.state.collection === collection.id) this.controller.filter({ collection: null });
    await this.look();
    this.tell(`Deleted: ${collection.name}.`);
  }

  /** Does what may be refused, and says why where it is. */
  private async does(what: () => Promise<void>): Promise<void> {
    try {
      await what();
    } catch (error) {
      this.tell(inWords(error) ?? "The server does not answer.", true);
    }
  }

  private tell(words: string, fault = false): void {
    this.said.textContent = words;
    this.said.classList.toggle("fault", fault);
  }
}
