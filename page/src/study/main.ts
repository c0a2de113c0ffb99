/** The page of a study: one screen after another, as the server says where somebody is. */

import "../style/tokens.css";
import "../style/page.css";
import "../style/study.css";

import { Refused, Unreachable } from "../api";
import { byId, h, iconButton } from "../dom";
import { Token } from "../token";
import { say } from "../views/say";
import { toggleTheme, watchTheme } from "../views/theme";
import { StudyApi, type About, type StudyState } from "./api";
import { Ear } from "./ear";
import { ImitateScreen } from "./imitate";
import { RateScreen } from "./rate";
import { breakScreen, consentScreen, doneScreen, faultScreen, questionsScreen, withdrawDialog } from "./screens";

const SILENT = "The server does not answer. Nothing that you did before is lost; press again once it is back.";
const NOT_KEPT_FOR_GOOD = 422; // of a take: what was recorded is none

const token = new Token(() => void arrive());
const api = new StudyApi(token);
const ear = new Ear(api);
const dialog = withdrawDialog(() => void act(() => api.withdraw(), begin));
let about: About | null = null;
let state: StudyState | null = null;
let imitating: ImitateScreen | null = null;
let sinceMs = performance.now();

watchTheme(() => undefined);
byId("corner").append(iconButton("sun", "Light or dark", toggleTheme));
document.body.append(dialog);
// Another tab may have gone on meanwhile.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && state) void refresh();
});
window.addEventListener("storage", ({ key }) => {
  if (key !== "menura.study") return;
  api.lookAgain();
  void arrive();
});

/** What the server says about the study, and where this browser is in it. */
async function arrive(): Promise<void> {
  try {
    about = await api.about();
    if (!api.key) return begin();
    show(await api.state());
  } catch (error) {
    if (error instanceof Refused && error.status === 404 && about) {
      api.forget();
      say(error.message);
      return begin();
    }
    put(faultScreen(error instanceof Refused && error.status === 404 ? "This server runs no study: menura study FOLDER --out STUDY starts one." : inWords(error), () => void arrive()));
  }
}

function begin(): void {
  const said = about;
  if (!said) return void arrive();
  state = null;
  put(consentScreen(said, () => void act(() => api.begin(said.consent_version), show)));
}

/** Looks where the server is; shows it if it is elsewhere. */
async function refresh(): Promise<void> {
  const now = await api.state().catch(() => null);
  if (now && (now.turn !== state?.turn || now.step !== state?.step)) show(now);
}

function show(now: StudyState): void {
  if (now.turn !== state?.turn) sinceMs = performance.now();
  state = now;
  ear.come(now.turn);
  switch (now.step) {
    case "questions":
      return put(questionsScreen(about?.questions ?? [], (answers) => void act(() => api.answer(answers), show)));
    case "imitate":
      return imitate(now);
    case "rate":
      return put(new RateScreen(now, ear, ({ ratings, chosen }) => void act(() => api.rate(now.turn, ratings, chosen, secondsHere()), show)).element);
    case "break":
      return put(breakScreen(() => void act(() => api.rested(), show)));
    case "done":
      return put(doneScreen(() => (api.forget(), begin())));
  }
}

function imitate(now: StudyState): void {
  const screen = new ImitateScreen(now, ear, {
    keep: (wav) => keep(now.turn, wav),
    search: () => act(() => api.search(now.turn), show),
    skip: (reason) => void act(() => api.skip(now.turn, reason), show),
  });
  put(screen.element);
  imitating = screen;
}

async function keep(turn: number, wav: Blob): Promise<string | null> {
  try {
    await api.take(turn, wav);
    ear.another();
    return null;
  } catch (error) {
    if (error instanceof Refused && error.status === NOT_KEPT_FOR_GOOD) imitating?.forgetUnsent();
    if (error instanceof Refused && error.status === 409) void refresh();
    return error instanceof Unreachable ? "The server does not answer. Your take is still here: send it again once it is back." : inWords(error);
  }
}

/** Asks the server for something, and goes on with its answer; what goes wrong is said, and can be done again. */
async function act<T>(ask: () => Promise<T>, then: (answer: T) => void): Promise<void> {
  const banner = byId("banner");
  try {
    const answer = await ask();
    banner.hidden = true;
    then(answer);
  } catch (error) {
    if (error instanceof Refused && error.status === 409) {
      say(error.message);
      return refresh();
    }
    banner.textContent = inWords(error);
    banner.hidden = false;
  }
}

function put(screen: HTMLElement): void {
  imitating?.end();
  imitating = null;
  byId("banner").hidden = true;
  const under = state && state.step !== "done" ? h("p", { class: "study-foot" }, h("button", { type: "button", class: "plain", on: { click: () => dialog.showModal() } }, "Stop, and take everything back")) : null;
  byId("study").replaceChildren(screen, ...(under ? [under] : []));
  renderProgress();
  window.scrollTo(0, 0);
  screen.querySelector("h2")?.focus({ preventScroll: true });
}

function renderProgress(): void {
  if (!state || state.step === "questions") return byId("progress").replaceChildren();
  const words = state.step === "done" ? "All done" : state.practice ? "Practice" : `Sound ${state.turn + (about?.has_practice ? 0 : 1)} of ${state.turns - (about?.has_practice ? 1 : 0)}`;
  byId("progress").replaceChildren(h("span", {}, words), h("progress", { max: state.turns, value: state.turn, "aria-label": "How much is done" }));
}

const secondsHere = (): number => Math.round((performance.now() - sinceMs) / 100) / 10;

function inWords(error: unknown): string {
  if (error instanceof Unreachable) return SILENT;
  return error instanceof Error ? error.message : String(error);
}

void arrive();
