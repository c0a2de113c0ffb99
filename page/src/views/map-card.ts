/** What the map tells of one sound: its name where the pointer rests, its row where it was chosen. */

import { secondsShown } from "../draw/scale";
import type { Controller } from "../controller";
import { h } from "../dom";
import { inWords } from "../search";
import { keyOf, type Sound } from "../types";
import { duration } from "../words";
import { toggle } from "./map-parts";
import { Row, type RowState } from "./row";

const SETTLE_MS = 70; // a pointer that goes over many points asks for the one where it stays
const KEPT = 2000;

export class MapCard {
  /** The row of a chosen sound that is not in the list. */
  readonly element = h("div", { class: "map-card", role: "grid", "aria-label": "Chosen on the map", hidden: true });
  readonly hears: HTMLButtonElement;
  private readonly known = new Map<string, Sound>();
  private row: Row | null = null;
  private timer = 0;
  private resting: number | null = null;
  private plays = false; // what is heard began because the pointer came

  constructor(
    private readonly controller: Controller,
    private readonly label: HTMLElement,
  ) {
    const { store } = controller;
    this.hears = toggle("Play on hover", "Hear a sound when the pointer rests on it, or arrows come to it", "menura.map.plays", true, (now) => now || this.hush());
    store.watch(["picked", "items"], () => this.render());
    store.watch(["playing"], () => this.row?.update(this.row.sound, this.rowState()));
  }

  /** Says what the sound of a point is, and plays it; null is none. */
  rest(id: number | null): void {
    window.clearTimeout(this.timer);
    this.resting = id;
    this.label.hidden = true;
    if (id === null) return this.hush();
    this.timer = window.setTimeout(() => void this.tell(id), SETTLE_MS);
  }

  /** Selects a sound and plays it; whether there is such a sound. */
  async choose(id: number): Promise<boolean> {
    window.clearTimeout(this.timer);
    try {
      const sound = await this.find(id);
      this.controller.pick(sound);
      this.plays = false;
      this.controller.play(sound);
      return true;
    } catch (error) {
      this.say(inWords(error) ?? "The server does not answer.");
      return false;
    }
  }

  private async tell(id: number): Promise<void> {
    try {
      const sound = await this.find(id);
      if (this.resting !== id) return;
      this.say(sound.name, `${sound.folder || "top folder"} · ${duration(sound.duration_s)}`);
      const { recording, playing } = this.controller.store.state;
      if (this.hears.getAttribute("aria-pressed") !== "true" || recording !== "off" || playing === keyOf(sound)) return;
      this.plays = true;
      this.controller.preview(sound);
    } catch (error) {
      if (this.resting === id) this.say(inWords(error) ?? "The server does not answer.");
    }
  }

  private say(name: string, more = ""): void {
    this.label.replaceChildren(h("b", {}, name), more ? h("span", {}, more) : "");
    this.label.hidden = false;
  }

  private hush(): void {
    if (this.plays) this.controller.player.stop();
    this.plays = false;
  }

  /** The sound as the list has it, with its match, or else as the server tells of it. */
  private async find(id: number): Promise<Sound> {
    const { items, lib } = this.controller.store.state;
    const key = keyOf({ library: lib ?? "", id });
    const listed = items.find((one) => keyOf(one) === key);
    if (listed) return listed;
    const sound = this.known.get(key) ?? (await this.controller.api.details(lib ?? "", id));
    this.known.delete(key);
    this.known.set(key, sound);
    const oldest = this.known.keys().next().value;
    if (this.known.size > KEPT && oldest !== undefined) this.known.delete(oldest);
    return sound;
  }

  private rowState(): RowState {
    const { sound } = this.row ?? {};
    return { selected: true, marked: false, playing: sound !== undefined && this.controller.store.state.playing === keyOf(sound), refinement: null };
  }

  private render(): void {
    const { picked, items, status } = this.controller.store.state;
    if (picked && items.some((one) => keyOf(one) === keyOf(picked))) return this.controller.pick(picked);
    if (picked && this.row && keyOf(picked) === keyOf(this.row.sound)) return this.row.update(picked, this.rowState());
    this.row?.remove();
    this.row = null;
    this.element.hidden = !picked;
    if (!picked) return;
    this.row = new Row(picked, -1, secondsShown([picked], status?.window_s ?? 3), this.controller);
    this.row.element.setAttribute("aria-rowindex", "1");
    this.element.replaceChildren(this.row.element);
    this.row.update(picked, this.rowState());
    void this.row.draw((signal) => this.controller.api.view(picked.library, picked.id, 0, signal).catch(() => null), () => null);
  }
}
