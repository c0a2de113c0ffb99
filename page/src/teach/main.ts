/** Puts the page of teaching together. */

import "../style/tokens.css";
import "../style/page.css";
import "../style/libraries.css";
import "../style/teach.css";

import { Token } from "../token";
import { byId, h, iconButton } from "../dom";
import { toggleTheme, watchTheme } from "../views/theme";
import { TeachApi } from "./api";
import { Teaching } from "./teaching";
import { TeachView } from "./view";

const token = new Token(() => void teaching.begin());
const api = new TeachApi(token, () => undefined);
const teaching: Teaching = new Teaching(api, () => view.render(), (peak, hearing) => view.heard(peak, hearing));
const view: TeachView = new TeachView(teaching);

byId("corner").append(h("a", { class: "plain", href: "./" }, "Back to the search"), iconButton("sun", "Light or dark", toggleTheme));
watchTheme(() => view.render());

const KEYS: Record<string, string> = { p: "play", r: "record", s: "skip", h: "hear", a: "redo", n: "next" };
document.addEventListener("keydown", (event) => {
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || target.matches("select, input, textarea")) return;
  if (event.key === "Escape") return teaching.cancel();
  const name = KEYS[event.key.toLowerCase()];
  const button = name ? document.querySelector<HTMLButtonElement>(`[data-act="${name}"]`) : null;
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

void teaching.begin();
