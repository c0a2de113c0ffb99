/** The corner of the header: what the network hears, theme, shortcuts. */

import type { Store } from "../store";
import { byId, h, iconButton } from "../dom";
import { SHORTCUTS } from "../keys";
import { toggleTheme } from "./theme";

export class CornerView {
  private readonly shortcuts = h("dialog", { class: "dialog wide", "aria-labelledby": "shortcuts-title" });
  private readonly hears = h("dialog", { class: "dialog", "aria-labelledby": "hears-title" });

  constructor(store: Store) {
    const link = h("a", { class: "plain hears" }, "What the network hears");
    const button = h("button", { type: "button", class: "plain hears", on: { click: () => this.hears.showModal() } }, "What the network hears");
    const teach = h("a", { class: "plain hears", href: "teach" }, "Teach it your voice");
    const theme = iconButton("sun", "Light or dark", toggleTheme);
    const help = h("button", { type: "button", class: "icon-button", "aria-label": "Keyboard shortcuts", title: "Keyboard shortcuts (?)", on: { click: () => this.help() } }, "?");
    store.watch(["status"], () => {
      const key = store.state.status?.gallery_key;
      link.href = key ? `hears/?key=${key}` : "hears/";
      byId("corner").replaceChildren(store.state.status?.gallery ? link : button, store.state.status?.manages ? teach : "", theme, help);
    });
    this.shortcuts.append(
      h("div", { class: "details-bar" }, h("h2", { id: "shortcuts-title" }, "Keyboard"), iconButton("close", "Close", () => this.shortcuts.close(), "Esc")),
      h("div", { class: "shortcuts" }, ...SHORTCUTS.map(({ title, keys }) => h("section", {}, h("h3", {}, title), h("dl", {}, ...keys.flatMap(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)]))))),
    );
    this.hears.append(
      h("div", { class: "details-bar" }, h("h2", { id: "hears-title" }, "What the network hears"), iconButton("close", "Close", () => this.hears.close(), "Esc")),
      h("p", {}, "Every neuron of the paper's network can be seen and heard: the pattern that excites it most, and your sounds that do. Make that page once:"),
      h("pre", {}, "menura visualise tl-iminet --out gallery\nmenura serve FOLDER --gallery gallery"),
      h("p", {}, "It takes some minutes, and needs pip install \"menura[train]\"."),
    );
    document.body.append(this.shortcuts, this.hears);
  }

  help(): void {
    if (!this.shortcuts.open) this.shortcuts.showModal();
  }
}
