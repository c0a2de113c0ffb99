/** How sounds are played: as loud as each other or as they are, how loud, over and over, and at once after a search. */

import type { Controller } from "./controller";
import type { Store } from "./store";

export interface Listening {
  matched: boolean;
  /** In [0, 1]. */
  volume: number;
  loop: boolean;
  /** Play the best sound as soon as a take is searched for. */
  atOnce: boolean;
}

const KEY = "menura.listening";
const START: Listening = { matched: true, volume: 0.8, loop: false, atOnce: false };

/** What was chosen last time in this browser. */
export function keptListening(): Listening {
  try {
    return listeningOf(JSON.parse(localStorage.getItem(KEY) ?? "null"));
  } catch {
    return START;
  }
}

/** What was kept, as far as it can be understood. */
export function listeningOf(kept: unknown): Listening {
  if (typeof kept !== "object" || kept === null) return START;
  const { matched, volume, loop, atOnce } = kept as Partial<Record<keyof Listening, unknown>>;
  return {
    matched: typeof matched === "boolean" ? matched : START.matched,
    volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : START.volume,
    loop: typeof loop === "boolean" ? loop : START.loop,
    atOnce: typeof atOnce === "boolean" ? atOnce : START.atOnce,
  };
}

/** Keeps each change. */
export function keepListening(store: Store): void {
  store.watch(["listening"], () => {
    try {
      localStorage.setItem(KEY, JSON.stringify(store.state.listening));
    } catch {
      // a browser that keeps nothing
    }
  });
}

/** Plays the best sound of each new take, where that is wanted. */
export function playAtOnce(controller: Controller): void {
  const { store } = controller;
  let asked = "";
  store.watch(["items"], () => {
    const { take, also, listening, selected, refinements } = store.state;
    const asks = take ? [take, ...also].map(({ key, cut }) => `${key}:${cut?.join()}`).join() : "";
    if (asks === asked || selected !== 0 || refinements.length > 0 || !store.sound) return;
    asked = asks;
    if (asks && listening.atOnce) controller.play(store.sound);
  });
}
