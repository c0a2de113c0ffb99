import { expect, test } from "vitest";

import { actionOf, type Key, type Where } from "../src/keys";

const key = (name: string, held: Partial<Key> = {}): Key => ({ key: name, ctrl: false, shift: false, alt: false, ...held });
const at = (where: Partial<Where> = {}): Where => ({ typing: false, onControl: false, onChoices: false, inDialog: false, ...where });

test("space is the page's, but a button's own where one has the focus", () => {
  expect(actionOf(key(" "), at())).toBe("space");
  expect(actionOf(key(" ", { shift: true }), at())).toBe("play from the beginning");
  expect(actionOf(key(" "), at({ onControl: true }))).toBeNull();
  expect(actionOf(key("Enter"), at({ onControl: true }))).toBeNull();
});

test("letters are letters while one types", () => {
  for (const letter of ["r", "s", " ", "/", "?"]) expect(actionOf(key(letter), at({ typing: true }))).toBeNull();
  expect(actionOf(key("z", { ctrl: true }), at({ typing: true }))).toBeNull();
  expect(actionOf(key("ArrowDown"), at({ typing: true }))).toBe("leave field");
});

test("the browser keeps its own combinations", () => {
  for (const letter of ["r", "l", "c", "f"]) expect(actionOf(key(letter, { ctrl: true }), at())).toBeNull();
  expect(actionOf(key("z", { ctrl: true }), at())).toBe("undo");
  expect(actionOf(key("ArrowLeft", { alt: true }), at())).toBeNull();
});

test("capital letters do the same, and ? needs its shift", () => {
  expect(actionOf(key("R", { shift: true }), at())).toBe("record");
  expect(actionOf(key("?", { shift: true }), at())).toBe("help");
});

test("shift and the arrows mark on the way, ctrl and A marks all", () => {
  expect(actionOf(key("ArrowDown", { shift: true }), at())).toBe("mark next");
  expect(actionOf(key("ArrowUp", { shift: true }), at())).toBe("mark previous");
  expect(actionOf(key("ArrowDown", { shift: true }), at({ onChoices: true }))).toBeNull();
  expect(actionOf(key("a", { ctrl: true }), at())).toBe("mark all");
  expect(actionOf(key("a", { ctrl: true }), at({ typing: true }))).toBeNull();
  expect(actionOf(key("x"), at())).toBe("mark");
});

test("a list of choices keeps letters and arrows, a dialog everything", () => {
  expect(actionOf(key("s"), at({ onControl: true, onChoices: true }))).toBeNull();
  expect(actionOf(key("ArrowDown"), at({ onControl: true, onChoices: true }))).toBeNull();
  expect(actionOf(key("Escape"), at({ inDialog: true }))).toBeNull();
});
