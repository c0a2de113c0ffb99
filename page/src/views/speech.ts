/** What is read out while nobody looks: that a recording begins and ends, and what matches best. */

import type { Store } from "../store";
import { byId } from "../dom";
import type { Sound } from "../types";
import { count } from "../words";

export function speak(store: Store): void {
  const line = byId("spoken");
  let before = store.state.recording;
  // In few words, which a microphone in the room may hear as well.
  store.watch(["recording"], () => {
    const { recording } = store.state;
    if (recording === "on") line.textContent = "Recording";
    else if (before === "on") line.textContent = "Recording ended";
    before = recording;
  });
  let asked = "";
  store.watch(["items", "searching"], () => {
    const { take, also, items, total, nearest, searching } = store.state;
    const asks = take ? [take, ...also].map(({ key, cut }) => `${key}:${cut?.join()}`).join() : "";
    if (searching || asks === asked || (take && !items[0])) return;
    asked = asks;
    if (take && items[0]) line.textContent = bestOf(items[0], total, nearest === "loose");
  });
}

/** "Best match: bark_04.wav, likely, of 60 sounds". */
export function bestOf({ name, word }: Pick<Sound, "name" | "word">, total: number, isFar: boolean): string {
  return `${isFar ? "Nothing is near. The least far" : "Best match"}: ${name}${word && !isFar ? `, ${word}` : ""}, of ${count(total, "sound")}`;
}
