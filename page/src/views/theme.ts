/** Light or dark: the system's choice until the user makes one. */

import type { Theme } from "../draw/colours";

const KEY = "menura.theme";
const SYSTEM = window.matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return SYSTEM.matches ? "dark" : "light";
}

/** Applies the choice of last time; `changed` is called after each change, for canvases do not follow stylesheets. */
export function watchTheme(changed: () => void): void {
  const kept = localStorage.getItem(KEY);
  if (kept) document.documentElement.dataset["theme"] = kept;
  SYSTEM.addEventListener("change", changed);
  window.addEventListener("menura:theme", changed);
}

export function toggleTheme(): void {
  const next = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset["theme"] = next;
  localStorage.setItem(KEY, next);
  window.dispatchEvent(new Event("menura:theme"));
}
