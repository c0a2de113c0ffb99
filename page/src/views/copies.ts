/** The copies of a sound: how many there are, and a list that unfolds. */

import { h } from "../dom";
import type { Sound } from "../types";

let numbered = 0;

/** "+24 alike", which unfolds their paths; null where there are none. */
export function copiesOf({ n_alike: count, alike, path }: Pick<Sound, "n_alike" | "alike" | "path">): HTMLElement | null {
  if (count === 0) return null;
  const id = `copies-${++numbered}`;
  const more = count > alike.length ? [h("li", {}, `and ${(count - alike.length).toLocaleString("en-GB")} more`)] : [];
  const list = h("div", { id, class: "copies", popover: "auto", role: "dialog", "aria-label": "Copies of this sound" },
    h("p", {}, "The same to the model, and so one result:"),
    h("ul", { tabindex: 0 }, ...[path, ...alike].map((one) => h("li", {}, one)), ...more));
  const button = h("button", { type: "button", class: "alike", popovertarget: id, "aria-expanded": "false", title: "Show the copies" }, `+${count} alike`);
  list.addEventListener("beforetoggle", (event) => {
    const opens = (event as ToggleEvent).newState === "open";
    button.setAttribute("aria-expanded", String(opens));
    if (opens) place(list, button);
  });
  return h("span", { class: "with-copies" }, button, list, " · ");
}

/** Beneath the button, or above it where there is no room. */
function place(list: HTMLElement, button: HTMLElement): void {
  const box = button.getBoundingClientRect();
  const below = window.innerHeight - box.bottom;
  list.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - 368))}px`;
  list.style.top = below > 240 ? `${box.bottom + 4}px` : "auto";
  list.style.bottom = below > 240 ? "auto" : `${window.innerHeight - box.top + 4}px`;
}
