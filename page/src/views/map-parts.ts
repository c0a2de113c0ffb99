/** Small parts of the map. */

import { h } from "../dom";
import { COLOURED, colourOf } from "../map/colours";
import type { Points } from "../map/points";
import type { Theme } from "../draw/colours";
import { count } from "../words";

/** A button that stays pressed; the browser remembers whether it was. */
export function toggle(label: string, tip: string, key: string, start: boolean, pressed: (now: boolean) => void = () => undefined): HTMLButtonElement {
  const kept = localStorage.getItem(key);
  const button = h("button", { type: "button", class: "toggle", title: tip, "aria-pressed": String(kept === null ? start : kept === "true") }, label);
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    localStorage.setItem(key, String(now));
    pressed(now);
  });
  return button;
}

/** What the colours of the points mean. */
export function legend(list: HTMLElement, { categories, names }: Points, theme: Theme): void {
  const counts = new Map<number, number>();
  for (const category of categories) counts.set(Math.min(category, COLOURED), (counts.get(Math.min(category, COLOURED)) ?? 0) + 1);
  list.replaceChildren(
    ...[...counts].sort(([a], [b]) => a - b).map(([category, n]) => {
      const swatch = h("i", { "aria-hidden": "true" });
      swatch.style.background = `rgb(${colourOf(category, theme).map(Math.round).join(" ")})`;
      const name = category === COLOURED ? `${names.length - COLOURED} more` : names[category] || "top folder";
      return h("li", { title: `${name}: ${count(n, "sound")}` }, swatch, h("span", {}, name));
    }),
  );
}

/** A colour of the stylesheet, which is registered there so that a script reads it as numbers. */
export function rgbOf(element: HTMLElement, name: string): [number, number, number] {
  const found = getComputedStyle(element).getPropertyValue(name).match(/[\d.]+/g) ?? [];
  return [Number(found[0] ?? 128), Number(found[1] ?? 128), Number(found[2] ?? 128)];
}
