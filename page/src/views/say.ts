/** A word in passing: seen for a while, and read out. */

import { byId } from "../dom";

const SHOWN_MS = 3500;
let timer = 0;

export function say(words: string): void {
  const toast = byId("toast");
  toast.textContent = words;
  toast.classList.add("shown");
  window.clearTimeout(timer);
  timer = window.setTimeout(() => toast.classList.remove("shown"), SHOWN_MS);
}
