/** The list. Only the rows that are seen exist; more hits are asked for as the end comes near. */

import type { Controller } from "../controller";
import { byId, h } from "../dom";
import { scaleTicks } from "../draw/scale";
import type { ViewCache } from "../views-cache";
import { ALL, keyOf } from "../types";
import { mark } from "./plot";
import { Row } from "./row";

const SPARE_ROWS = 6;
const SETTLE_MS = 120;

export class ResultsView {
  private readonly grid = h("div", { class: "grid", role: "grid", tabindex: "0", "aria-multiselectable": "true", "aria-label": "Sounds, best first" });
  private readonly body = h("div", { class: "grid-body", role: "rowgroup" });
  private readonly empty = h("p", { class: "empty" });
  private readonly scale = h("div", { class: "scale", "aria-hidden": "true" });
  private readonly far = h("p", { class: "far", role: "status" });
  private readonly rows = new Map<number, Row>();
  private frame = 0;
  private settling = 0;
  private painted: unknown = null;
  private scaled = "";
  private height = 0;

  constructor(
    private readonly controller: Controller,
    private readonly views: ViewCache,
  ) {
    const { store } = controller;
    this.grid.append(this.body);
    byId("results").append(this.far, this.scale, this.grid, this.empty);
    document.addEventListener("scroll", () => this.later(), { capture: true, passive: true });
    new ResizeObserver(() => this.resized()).observe(byId("results"));
    this.grid.addEventListener("focus", () => {
      if (store.state.selected < 0 && this.grid.matches(":focus-visible")) controller.select(0);
    });
    store.watch(["items", "lib"], () => this.render());
    store.watch(["selected", "marked", "playing", "refinements"], () => this.update());
    store.watch(["searching", "reachable"], () => this.grid.classList.toggle("stale", store.state.searching || !store.state.reachable));
    store.watch(["items", "searching", "libraries", "lib", "status", "favourites", "collection", "kinds", "text", "pitch", "tempo", "take", "failure"], () => this.renderEmpty());
    store.watch(["nearest", "missing", "items"], () => this.renderFar());
    store.watch(["playing"], () => this.follow());
  }

  focus(): void {
    this.grid.focus({ preventScroll: true });
  }

  get hasFocus(): boolean {
    return this.grid.contains(document.activeElement);
  }

  /** How many rows fit. */
  get pageRows(): number {
    return Math.max(1, Math.floor(Math.min(this.grid.clientHeight, window.innerHeight) / this.rowHeight) - 1);
  }

  /** Draws the pictures again, for another theme or width. */
  redraw(): void {
    for (const row of this.rows.values()) row.redraw();
    this.renderScale();
  }

  /** Brings the selected row into sight. */
  reveal(): void {
    const { selected } = this.controller.store.state;
    if (selected < 0) return;
    this.render();
    this.rows.get(selected)?.element.scrollIntoView({ block: "nearest" });
  }

  private get rowHeight(): number {
    return parseFloat(getComputedStyle(this.grid).getPropertyValue("--row")) || 64;
  }

  /** Rows are laid out by the width of the list; their pictures are drawn anew once it stays. */
  private resized(): void {
    this.later();
    window.clearTimeout(this.settling);
    this.settling = window.setTimeout(() => this.redraw(), SETTLE_MS);
  }

  private later(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  private render(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { items, total, selected } = this.controller.store.state;
    const height = this.rowHeight;
    if (height !== this.height) for (const row of this.rows.values()) row.remove();
    if (height !== this.height) this.rows.clear();
    this.height = height;
    this.body.style.height = `${items.length * height}px`;
    this.grid.setAttribute("aria-rowcount", String(total));
    const top = this.body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / height) - SPARE_ROWS);
    const last = Math.min(items.length - 1, Math.ceil((window.innerHeight - top) / height) + SPARE_ROWS);
    for (const [index, row] of this.rows) {
      const kept = (index >= first && index <= last) || index === selected;
      if (kept && this.isStill(row)) continue;
      row.remove();
      this.rows.delete(index);
    }
    for (let index = first; index <= last; index++) this.place(index, height);
    if (selected >= 0 && selected < items.length) this.place(selected, height);
    this.update();
    requestAnimationFrame(() => this.renderScale()); // the list may only now come into sight
    if (last > items.length - 12) void this.controller.search.extend();
    if (this.painted !== items) this.announce(items);
    this.painted = items;
  }

  /** Whether the row shows what the list has at its place. */
  private isStill(row: Row): boolean {
    const sound = this.controller.store.state.items[row.index];
    return sound !== undefined && row.shownS === this.controller.shownS && keyOf(sound) === keyOf(row.sound) && sound.start_s === row.sound.start_s && sound.score === row.sound.score && sound.word === row.sound.word && sound.n_alike === row.sound.n_alike;
  }

  private place(index: number, height: number): void {
    const sound = this.controller.store.state.items[index];
    if (!sound || this.rows.has(index)) return;
    const row = new Row(sound, index, this.controller.shownS, this.controller);
    row.element.style.transform = `translateY(${index * height}px)`;
    this.rows.set(index, row);
    // In the order of the list, for those who read it by way of the tree.
    const after = [...this.rows.values()].filter((other) => other.index > index).sort((a, b) => a.index - b.index)[0];
    this.body.insertBefore(row.element, after?.element ?? null);
    const pictured = [sound.library, sound.id, sound.start_s ?? 0] as const;
    void row.draw((signal) => this.views.get(...pictured, signal), () => this.views.refusal(...pictured));
  }

  private update(): void {
    const { items, selected, marked, playing, refinements } = this.controller.store.state;
    for (const row of this.rows.values()) {
      const sound = items[row.index] ?? row.sound;
      row.update(sound, { selected: row.index === selected, marked: marked.has(keyOf(sound)), playing: playing === keyOf(sound), refinement: refinements.find((one) => keyOf(one) === keyOf(sound))?.kind ?? null });
    }
    const active = this.rows.get(selected);
    if (active) this.grid.setAttribute("aria-activedescendant", active.element.id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  /** Notes when new results can be seen. */
  private announce(items: readonly unknown[]): void {
    if (items.length === 0) return;
    requestAnimationFrame(() => setTimeout(() => performance.mark("menura:results-painted"), 0));
  }

  private follow(): void {
    const step = (): void => {
      const { playing } = this.controller.store.state;
      const seconds = this.controller.player.position;
      if (playing === null || seconds === null) return;
      for (const row of this.rows.values()) if (keyOf(row.sound) === playing) row.showPosition(seconds);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** The times that the pictures of all rows share, over those of the first row. */
  private renderScale(): void {
    const row = [...this.rows.values()].find(({ element }) => element.querySelector(".waves")?.clientWidth)?.element;
    this.scale.hidden = !row;
    if (!row) return;
    const from = this.scale.getBoundingClientRect().left;
    const boxes = [".waves", ".shown"].map((picture) => row.querySelector(picture)?.getBoundingClientRect());
    const scaled = [this.controller.shownS, from, ...boxes.flatMap((box) => [box?.left, box?.width])].join();
    if (scaled === this.scaled) return;
    this.scaled = scaled;
    const axes = boxes.map((box) => {
      const axis = h("div", { class: "axis across" }, ...scaleTicks(this.controller.shownS).map((tick) => mark(tick, "left")));
      if (box) [axis.style.left, axis.style.width] = [`${box.left - from}px`, `${box.width}px`];
      return box && box.width > 0 ? axis : "";
    });
    this.scale.replaceChildren(...axes);
  }

  private renderFar(): void {
    const { items, nearest, missing } = this.controller.store.state;
    const far = items.length > 0 && nearest === "loose" ? "Nothing here is near; these are only the least far." : "";
    this.far.textContent = missing === null ? far : `${missing[0]?.toUpperCase() ?? ""}${missing.slice(1)}. ${far}`.trimEnd();
  }

  private renderEmpty(): void {
    const { items, searching, favourites, kinds, text, pitch, tempo, failure, take, lib, status, collection } = this.controller.store.state;
    const library = this.controller.store.library;
    this.empty.hidden = items.length > 0 || searching || failure !== null;
    this.grid.hidden = items.length === 0;
    if (take?.refused != null) this.empty.textContent = "This take is not searched for. Record again, or put it away to see all sounds.";
    else if (kinds.length > 0) this.empty.textContent = `Nothing here is likely: ${kinds.join(", ")}.`;
    else if (collection !== null) this.empty.textContent = "No sound of this collection is here. Mark sounds, and put them in with P.";
    else if (favourites) this.empty.textContent = "No favourites here yet. Star a sound with S.";
    else if (text) this.empty.textContent = `Nothing here is called "${text}".`;
    else if (pitch || tempo) this.empty.textContent = "No sound here surely has this pitch or tempo, as far as they are measured.";
    else if (lib === ALL) this.empty.textContent = "No sounds here. The name of the libraries tells how each of them is.";
    else if (!library) this.empty.textContent = status?.manages ? "No folder is open. Add one with the button above." : "No library is open. Start Menura with a folder: menura serve ~/Samples";
    else if (library.state === "absent") this.empty.textContent = library.error ?? "The folder is absent.";
    else if (library.state === "indexing") this.empty.textContent = "The first sounds come in a moment.";
    else if (library.state === "failed") this.empty.textContent = library.error ?? "The library could not be read.";
    else if (library.notices > 0) this.empty.textContent = "No sounds here that are read. The name of the library tells what is not, and what to do.";
    else this.empty.textContent = "No sounds here. wav, aiff, flac, ogg, opus, mp3, caf and w64 are read, among others.";
  }
}
