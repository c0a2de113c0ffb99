/** Several sounds marked at once, as in a file manager: one by one, or all from one row to another. */

import type { Store } from "./store";
import { keyOf, type Sound } from "./types";

export class Marks {
  private anchor = -1;

  constructor(private readonly store: Store) {
    store.watch(["items"], () => (this.anchor = -1));
  }

  /** Marks a row, or takes its mark away; ranges begin here from now on. */
  toggle(index: number): void {
    const { items, marked } = this.store.state;
    const sound = items[index];
    if (!sound) return;
    const next = new Map(marked);
    if (!next.delete(keyOf(sound))) next.set(keyOf(sound), sound);
    this.anchor = index;
    this.store.set({ marked: next, selected: index });
  }

  /** Marks all rows from where the range began to this one. */
  extend(index: number): void {
    const { items, marked, selected } = this.store.state;
    const to = Math.max(0, Math.min(index, items.length - 1));
    const from = this.anchor >= 0 ? this.anchor : Math.max(0, selected);
    const range = items.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.anchor = from;
    this.store.set({ marked: new Map([...marked, ...range.map((sound): [string, Sound] => [keyOf(sound), sound])]), selected: to });
  }

  /** Marks every row that has been loaded. */
  all(): void {
    const { items, marked } = this.store.state;
    this.store.set({ marked: new Map([...marked, ...items.map((sound): [string, Sound] => [keyOf(sound), sound])]) });
  }

  clear(): void {
    this.anchor = -1;
    if (this.store.state.marked.size > 0) this.store.set({ marked: new Map() });
  }

  /** The marked sounds or, without any, the selected one. */
  get sounds(): readonly Sound[] {
    const { marked } = this.store.state;
    const { sound } = this.store;
    return marked.size > 0 ? [...marked.values()] : sound ? [sound] : [];
  }
}
