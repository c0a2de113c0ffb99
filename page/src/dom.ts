/** Elements in one expression. */

type Child = Node | string | null | false | undefined;
type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
type Props = { on?: Listeners } & Record<string, string | number | boolean | null | undefined | Listeners>;

/** An element with attributes (absent where false, null or undefined), listeners and children. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [type, listener] of Object.entries(value as Listeners)) element.addEventListener(type, listener as EventListener);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false && child !== undefined));
  return element;
}

/** The element of index.html with this id. */
export function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element as T;
}

const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  stop: "M6 6h12v12H6z",
  star: "M12 3.6l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.8l5.9-.8z",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  copy: "M9 9h10v11H9zM5 15V4h10",
  download: "M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14",
  close: "M6 6l12 12M18 6L6 18",
  undo: "M9 7L4.5 11.5 9 16M5 11.5h9a5 5 0 010 9h-2",
  why: "M4 19V9m5 10V5m5 14v-7m5 7V8",
  mic: "M12 3.5a2.8 2.8 0 00-2.8 2.8v5a2.8 2.8 0 005.6 0v-5A2.8 2.8 0 0012 3.5zM6 11a6 6 0 0012 0M12 17v3.5",
  folder: "M3.5 6h6l2 2.5h9V19h-17z",
  whole: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  map: "M3.5 6.5l5.5-2 6 2 5.5-2v13l-5.5 2-6-2-5.5 2zM9 4.5v13m6-11v13",
  sun: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2.5V5m0 14v2.5M2.5 12H5m14 0h2.5M5.3 5.3L7 7m10 10l1.7 1.7M18.7 5.3L17 7M7 17l-1.7 1.7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
} as const;
export type IconName = keyof typeof ICONS;
const FILLED: ReadonlySet<IconName> = new Set(["play", "stop"]);

/** A picture of 24 x 24 that a reader of screens skips. */
export function icon(name: IconName): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon", FILLED.has(name) ? "filled" : "drawn", `icon-${name}`);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows an icon and says `label`; the key that does the same goes into its tip. */
export function iconButton(name: IconName, label: string, onClick: (event: MouseEvent) => void, key?: string, extra: Props = {}): HTMLButtonElement {
  const tip = key ? `${label} (${key})` : label;
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: tip, on: { click: onClick }, ...extra }, icon(name));
}
