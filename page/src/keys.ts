/** Which key does what, and where. */

export type Action =
  | "record" | "space" | "play from the beginning" | "hear take" | "next" | "previous" | "page down" | "page up" | "first" | "last"
  | "open" | "escape" | "star" | "like" | "unlike" | "copy" | "download" | "why" | "undo" | "compare" | "find" | "favourites" | "help" | "map" | "leave field"
  | "mark" | "mark next" | "mark previous" | "mark all" | "collect" | "surprise";

export interface Key {
  key: string;
  ctrl: boolean;
  shift: boolean;
  alt: boolean;
}

export interface Where {
  /** In a field that takes text. */
  typing: boolean;
  /** On a button, link or list of choices, which have uses of their own for space and Enter. */
  onControl: boolean;
  /** On a list of choices, which has uses of its own for letters and arrows. */
  onChoices: boolean;
  /** A dialog is open. */
  inDialog: boolean;
}

const LETTERS: Record<string, Action> = {
  r: "record", t: "hear take", j: "next", k: "previous", s: "star", l: "like", n: "unlike", c: "copy", d: "download", w: "why", a: "compare", f: "favourites", m: "map",
  x: "mark", p: "collect", g: "surprise",
  "/": "find", "?": "help",
};

const NAMED: Record<string, Action> = {
  ArrowDown: "next", ArrowUp: "previous", PageDown: "page down", PageUp: "page up", Home: "first", End: "last", Escape: "escape",
};

/** What a key means, or null if it is the browser's. */
export function actionOf({ key, ctrl, shift, alt }: Key, where: Where): Action | null {
  if (where.inDialog || alt) return null;
  if (where.typing) return ctrl || shift ? null : key === "Escape" || key === "ArrowDown" || key === "Enter" ? "leave field" : null;
  if (ctrl && !shift && !where.onChoices && key.toLowerCase() === "a") return "mark all";
  if (ctrl) return key.toLowerCase() === "z" && !shift ? "undo" : null;
  if (key === "Escape") return "escape";
  if (where.onChoices) return null;
  if (key === " ") return where.onControl ? null : shift ? "play from the beginning" : "space";
  if (key === "Enter") return where.onControl ? null : "open";
  if (shift && (key === "ArrowDown" || key === "ArrowUp")) return key === "ArrowDown" ? "mark next" : "mark previous";
  return NAMED[key] ?? LETTERS[key.toLowerCase()] ?? null;
}

/** The table of the shortcuts panel. */
export const SHORTCUTS: readonly { title: string; keys: readonly (readonly [keys: string, does: string])[] }[] = [
  {
    title: "Record",
    keys: [
      ["Space", "Record, when no result is selected; end the take"],
      ["R", "Record, from anywhere; end the take"],
      ["T", "Hear the take"],
      ["Esc", "Give the recording up"],
    ],
  },
  {
    title: "Listen",
    keys: [
      ["Space", "Play the selected result from its match; stop"],
      ["Shift Space", "Play it from its beginning"],
      ["↑ ↓ or K J", "Previous, next; goes on playing if one plays"],
      ["Page ↑ ↓, Home, End", "Further"],
      ["Enter", "Open or close the details"],
      ["A", "Compare: the take and the selected result in turns"],
      ["W", "Why did it match?"],
      ["G", "A sound at random"],
      ["Esc", "Stop; close the details; select nothing"],
    ],
  },
  {
    title: "Refine",
    keys: [
      ["L", "More like this one"],
      ["N", "Not this one: hides it and its copies"],
      ["Ctrl Z", "Undo the last of these"],
      ["/", "Search in names"],
      ["F", "Favourites only"],
    ],
  },
  {
    title: "Map",
    keys: [
      ["M", "Show or hide the map of the library"],
      ["↑ ↓ ← →", "On the map: to the next point in that direction"],
      ["Enter", "On the map: choose the point"],
      ["+ − 0", "On the map: nearer, further, the whole map"],
      ["drag", "On the map: keep the sounds in a box; with Shift, move the map"],
    ],
  },
  {
    title: "Keep",
    keys: [
      ["S", "Star"],
      ["X, Ctrl click", "Mark, or unmark"],
      ["Shift ↑ ↓, Shift click", "Mark all on the way"],
      ["Ctrl A", "Mark all that are loaded"],
      ["P", "Put into a collection"],
      ["C", "Copy the path"],
      ["D", "Download"],
      ["drag", "Drag a result out of the window, into a folder or a sampler"],
    ],
  },
];
