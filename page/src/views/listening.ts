/** Volume, loudness, loop, and whether the best sound is played at once. */

import type { Output } from "../audio/output";
import type { Controller } from "../controller";
import { byId, h } from "../dom";
import type { Listening } from "../listening";

type Switch = "matched" | "loop" | "atOnce";

const SWITCHES: readonly (readonly [Switch, string, string])[] = [
  ["matched", "Even loudness", "Play all sounds as loud as each other"],
  ["loop", "Loop", "Play over and over"],
  ["atOnce", "Play the best at once", "Play the best sound as soon as a take is searched for"],
];

export class ListeningView {
  constructor(controller: Controller, output: Output) {
    const { store } = controller;
    const set = (patch: Partial<Listening>): void => store.set({ listening: { ...store.state.listening, ...patch } });
    const volume = h("input", { type: "range", min: 0, max: 1, step: 0.01, "aria-label": "Volume", title: "Volume", on: { input: () => set({ volume: Number(volume.value) }) } });
    const switches = SWITCHES.map(([name, label, tip]) => {
      const button = h("button", { type: "button", class: "switch", title: tip, on: { click: () => set({ [name]: !store.state.listening[name] }) } }, label);
      return [name, button] as const;
    });
    byId("listening").append(h("label", { class: "volume" }, h("span", { "aria-hidden": "true" }, "Volume"), volume), ...switches.map(([, button]) => button));
    store.watch(["listening"], () => {
      const { listening } = store.state;
      volume.value = String(listening.volume);
      output.volume = listening.volume;
      controller.player.loop = listening.loop;
      for (const [name, button] of switches) button.setAttribute("aria-pressed", String(listening[name]));
    });
    let matched = store.state.listening.matched;
    store.watch(["listening"], () => {
      if (matched === store.state.listening.matched) return;
      matched = store.state.listening.matched;
      controller.regain();
    });
  }
}
