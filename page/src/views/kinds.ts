/** What kinds of sounds there are among those looked at, to narrow them by. The most frequent come first. */

import type { Controller } from "../controller";
import { byId, h, icon } from "../dom";
import type { KindCount } from "../types";

const FEW = 10;
const SETTLE_MS = 150;

export class KindsView {
  private readonly list = h("ul", { class: "kinds", "aria-label": "Kinds of sounds" });
  private counts: readonly KindCount[] = [];
  private all = false;
  private timer = 0;
  private asked = "";

  constructor(private readonly controller: Controller) {
    const { store } = controller;
    byId("filters").append(this.list);
    this.list.hidden = true;
    store.watch(["lib", "among", "libraries", "text", "folder", "favourites", "collection"], () => this.askSoon());
    store.watch(["kinds"], () => this.render());
  }

  /** Text is still being typed, and an index still grows. */
  private askSoon(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), SETTLE_MS);
  }

  private async ask(): Promise<void> {
    const { store, api } = this.controller;
    const { query, searched } = store;
    const { lib } = store.state;
    const asking = [...searched.flatMap(({ id, sounds, state }) => [id, sounds, state]), query.text.trim(), query.folder, query.favourites, query.collection].join("/");
    const marked = query.favourites || query.collection !== null; // what is in these changes
    if (!lib || searched.length === 0 || (asking === this.asked && !marked)) return;
    this.asked = asking;
    const counts = await api.kinds(lib, query).catch(() => null);
    if (asking !== this.asked) return;
    if (!counts) this.asked = "";
    this.counts = counts ?? [];
    this.render();
  }

  private render(): void {
    const chosen = this.controller.store.state.kinds;
    const few = this.all ? this.counts : this.counts.slice(0, FEW);
    const absent = chosen.filter((kind) => !few.some((one) => one.kind === kind)).map((kind) => this.counts.find((one) => one.kind === kind) ?? { kind, sounds: 0 });
    const focused = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.kind : undefined;
    const more = this.counts.length > FEW && h("li", {}, this.more());
    this.list.replaceChildren(...[...absent, ...few].map((one) => h("li", {}, this.chip(one, chosen.includes(one.kind)))), more || "");
    this.list.classList.toggle("all", this.all);
    this.list.hidden = this.counts.length + chosen.length === 0;
    if (focused !== undefined) this.list.querySelector<HTMLElement>(`[data-kind="${CSS.escape(focused)}"]`)?.focus();
  }

  private chip({ kind, sounds }: KindCount, pressed: boolean): HTMLButtonElement {
    return h(
      "button",
      { type: "button", class: "kind-chip", "data-kind": kind, "aria-pressed": String(pressed), title: pressed ? `No longer only what is likely a ${kind}` : `Only what is likely: ${kind}`, on: { click: () => this.toggle(kind) } },
      kind,
      h("small", {}, sounds.toLocaleString("en-GB")),
      pressed && icon("close"),
    );
  }

  private more(): HTMLButtonElement {
    const does = (): void => {
      this.all = !this.all;
      this.render();
    };
    return h("button", { type: "button", class: "plain", "data-kind": "", "aria-expanded": String(this.all), on: { click: does } }, this.all ? "fewer" : `${this.counts.length - FEW} more`);
  }

  private toggle(kind: string): void {
    const { kinds } = this.controller.store.state;
    this.controller.filter({ kinds: kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind] });
  }
}

/** The kinds of a row's sound. Those asked for are marked: a text may have found the sound by them, not by its name. */
export function kindsOf(likely: readonly string[], { kinds, text }: { kinds: readonly string[]; text: string }): HTMLElement | null {
  if (likely.length === 0) return null;
  const asked = [...kinds, ...text.toLowerCase().split(/\s+/)];
  const shown = likely.slice(0, 2).map((kind) => h("i", { class: asked.includes(kind) ? "asked" : null }, kind));
  return h("span", { class: "row-kinds", title: `Likely: ${likely.join(", ")}` }, ...shown);
}
