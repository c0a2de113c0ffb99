/** What there is to say about the map, in one line: how far its making is, what it lacks. It sees to its being made. */

import type { Controller } from "../controller";
import { h } from "../dom";
import { inWords } from "../search";
import type { MapState } from "../types";
import { count, timeLeft } from "../words";

const LOOK_AGAIN_MS = 1000;

export class MapStateView {
  readonly element = h("p", { class: "map-state", role: "status" });
  private readonly progress = h("progress", { "aria-label": "Progress of the map" });
  private timer = 0;
  private lib: string | null = null;
  private busy = false;
  private readonly stopped = new Set<string>(); // libraries whose map the user did not want to be made

  /** `made` is called when there are other points than before, or none. */
  constructor(
    private readonly controller: Controller,
    private readonly made: (state: MapState | null) => void,
  ) {}

  /** Looks how the map of the library is; makes one where there is none, or where it no longer fits. */
  async look(): Promise<void> {
    window.clearTimeout(this.timer);
    const { lib, map } = this.controller.store.state;
    if (!lib || !map) return;
    try {
      const state = await this.controller.api.map(lib);
      if (lib !== this.controller.store.state.lib) return;
      const ended = this.busy && !state.progress;
      if (lib !== this.lib || ended) this.made(state.made ? state : null);
      [this.lib, this.busy] = [lib, state.progress !== null];
      this.render(state);
      const wanted = state.stale && state.sounds > 0 && !state.progress && !state.advice && !state.error && !this.stopped.has(lib);
      if (wanted && !ended && this.controller.store.library?.state !== "indexing") await this.make(lib);
      else if (state.progress || this.controller.store.library?.state === "indexing") this.timer = window.setTimeout(() => void this.look(), LOOK_AGAIN_MS);
    } catch (error) {
      this.element.replaceChildren(inWords(error) ?? "The server does not answer.");
      this.timer = window.setTimeout(() => void this.look(), LOOK_AGAIN_MS);
    }
  }

  private async make(lib: string): Promise<void> {
    this.stopped.delete(lib);
    await this.controller.api.makeMap(lib);
    this.busy = true;
    await this.look();
  }

  private async stop(lib: string): Promise<void> {
    this.stopped.add(lib);
    await this.controller.api.stopMap(lib);
    this.busy = false;
    window.clearTimeout(this.timer);
    this.render(await this.controller.api.map(lib));
  }

  private render(state: MapState): void {
    const lib = this.controller.store.state.lib ?? "";
    const button = (label: string, does: () => Promise<void>): HTMLElement =>
      h("button", { type: "button", class: "plain", on: { click: () => void does().catch((error: unknown) => this.element.replaceChildren(inWords(error) ?? "The server does not answer.")) } }, label);
    if (state.progress) {
      if (state.progress.done > 0) [this.progress.max, this.progress.value] = [state.progress.total, state.progress.done];
      else this.progress.removeAttribute("value");
      return this.element.replaceChildren(makingOf(state), this.progress, button("Stop", () => this.stop(lib)));
    }
    const lacking = state.sounds - state.placed;
    const again = state.advice === null && state.sounds > 0 && (lacking > 0 || state.stale || state.error !== null);
    this.element.replaceChildren(sentenceOf(state), again ? button(state.made ? "Put them on the map" : "Make the map", () => this.make(lib)) : "");
  }
}

/** "The map is being made: about 40 s left". */
function makingOf({ progress, made }: MapState): string {
  const left = progress?.seconds_left;
  const what = made ? "The map is being brought up to date" : "The map is being made";
  return left === null || left === undefined ? `${what}: looking for what is alike …` : `${what}: ${timeLeft(left)} left`;
}

function sentenceOf({ made, sounds, placed, error, advice }: MapState): string {
  if (error) return error;
  if (sounds === 0) return "No sounds here yet.";
  if (!made) return advice ? `No map: ${advice}` : "There is no map yet.";
  const lacking = sounds - placed;
  if (lacking === 0) return "";
  return `${count(lacking, "sound")} not on the map yet.${advice ? ` To have ${lacking === 1 ? "it" : "them"} there: ${advice}` : ""}`;
}
