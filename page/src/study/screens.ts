/** The screens of a study on which there is nothing to hear. Each is an element; what a button does is handed in. */

import { h } from "../dom";
import { count } from "../words";
import type { About, Question } from "./api";

export function primary(words: string, does: () => void, disabled = false): HTMLButtonElement {
  return h("button", { type: "button", class: "study-next", disabled, on: { click: does } }, words);
}

/** The heading of a screen, which is read out as the screen comes. */
export function heading(words: string): HTMLHeadingElement {
  return h("h2", { tabindex: "-1" }, words);
}

export function consentScreen(about: About, agree: () => void): HTMLElement {
  const next = primary("I agree, begin", agree, true);
  const box = h("input", { type: "checkbox", id: "agree", on: { change: () => (next.disabled = !box.checked) } });
  return h(
    "section",
    { class: "study-card" },
    heading("Before you begin"),
    ...about.consent.split(/\n\s*\n/).map((paragraph) => h("p", {}, paragraph)),
    h("p", { class: "study-soft" }, `${count(about.sounds, "sound")}${about.has_practice ? ", and one to practise with" : ""}. Use a quiet room, and headphones if you have some.`),
    h("label", { class: "study-agree", for: "agree" }, box, "I have read this, and I agree."),
    next,
  );
}

export function questionsScreen(questions: readonly Question[], send: (answers: Record<string, string>) => void): HTMLElement {
  const answers: Record<string, string> = {};
  const next = primary("Go on", () => send(answers), questions.length > 0);
  const asked = questions.map(({ id, words, answers: choices }) =>
    h(
      "fieldset",
      { class: "study-question" },
      h("legend", {}, words),
      ...choices.map((choice) => {
        const input = h("input", {
          type: "radio", name: id, value: choice,
          on: {
            change: () => {
              answers[id] = choice;
              next.disabled = questions.some((one) => !(one.id in answers));
            },
          },
        });
        return h("label", {}, input, choice);
      }),
    ),
  );
  return h("section", { class: "study-card" }, heading("A few questions"), ...asked, next);
}

export function breakScreen(goOn: () => void): HTMLElement {
  return h(
    "section",
    { class: "study-card" },
    heading("Half of it is done"),
    h("p", {}, "Take a break: stand up, have a drink, rest your voice. You may close this page and come back to it on this browser."),
    primary("Go on", goOn),
  );
}

export function doneScreen(anew: () => void): HTMLElement {
  return h(
    "section",
    { class: "study-card" },
    heading("That was all. Thank you!"),
    h("p", {}, "Everything is kept. You may close this page."),
    h("button", { type: "button", class: "plain", on: { click: anew } }, "Somebody else takes part on this browser"),
  );
}

export function faultScreen(words: string, again: () => void): HTMLElement {
  return h("section", { class: "study-card" }, heading("This does not work now"), h("p", { class: "fault" }, words), primary("Try again", again));
}

/** Asks whether everything shall be taken back. */
export function withdrawDialog(withdraw: () => void): HTMLDialogElement {
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "withdraw-title" });
  const close = (): void => dialog.close();
  dialog.append(
    h("h2", { id: "withdraw-title" }, "Take everything back?"),
    h("p", {}, "Your recordings and answers are deleted, and cannot be brought back."),
    h(
      "div",
      { class: "study-choice" },
      h("button", { type: "button", class: "study-next study-delete", on: { click: () => (close(), withdraw()) } }, "Delete all that is mine"),
      h("button", { type: "button", class: "plain", on: { click: close } }, "No, go on"),
    ),
  );
  return dialog;
}
