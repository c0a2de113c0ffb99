/** Small parts of the map. */

import { h } from "../dom";
import { COLOURED, colourOf, NONE, shownAs } from "../map/colours";
import type { Points } from "../map/points";
import type { Theme } from "../draw/colours";
import type { ColourBy } from "../types";
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

const KEPT_BY = "menura.map.by";

/** Chooses what the colours say, of what the map can be coloured by; the browser remembers it. */
export class ColourChoice {
  readonly element: HTMLElement;
  private readonly select: HTMLSelectElement;
  private able: readonly ColourBy[] = [];

  constructor(changed: () => void) {
    const by = (value: ColourBy, label: string): HTMLElement => h("option", { value }, label);
    this.select = h("select", { on: { change: () => { localStorage.setItem(KEPT_BY, this.select.value); changed(); } } }, by("kind", "by kind"), by("folder", "by folder"));
    this.element = h("label", { class: "map-by", hidden: true }, "Colours ", this.select);
  }

  /** What is chosen, where the map can be coloured so; else the first that it can. */
  get by(): ColourBy {
    const kept = localStorage.getItem(KEPT_BY);
    return this.able.find((one) => one === kept) ?? this.able[0] ?? "folder";
  }

  offer(able: readonly ColourBy[]): void {
    this.able = able;
    this.element.hidden = able.length < 2;
    this.select.value = this.by;
  }
}

/** What the colours of the points mean. */
export function legend(list: HTMLElement, { categories, names }: Points, theme: Theme): void {
  const counts = new Map<number, number>();
  for (const category of categories) counts.set(shownAs(category), (counts.get(shownAs(category)) ?? 0) + 1);
  list.replaceChildren(
    ...[...counts].sort(([a], [b]) => a - b).map(([category, n]) => {
      const swatch = h("i", { "aria-hidden": "true" });
      swatch.style.background = `rgb(${colourOf(category, theme).map(Math.round).join(" ")})`;
      const name = category === NONE ? "not sure" : category === COLOURED ? `${names.length - COLOURED} more` : names[category] || "top folder";
      return h("li", { title: `${name}: ${count(n, "sound")}` }, swatch, h("span", {}, name));
    }),
  );
}

/** A colour of the stylesheet, which is registered there so that a script reads it as numbers. */
export function rgbOf(element: HTMLElement, name: string): [number, number, number] {
  const found = getComputedStyle(element).getPropertyValue(name).match(/[\d.]+/g) ?? [];
  return [Number(found[0] ?? 128), Number(found[1] ?? 128), Number(found[2] ?? 128)];
}
