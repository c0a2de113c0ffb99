/** The corner of the header: theme, and help: the shortcuts, and what the network hears. */

import type { Store } from "../store";
import { byId, h, iconButton } from "../dom";
import { SHORTCUTS } from "../keys";
import { toggleTheme } from "./theme";

export class CornerView {
  private readonly dialog = h("dialog", { class: "dialog wide", "aria-labelledby": "help-title" });
  private readonly hears = h("section", { class: "network" });

  constructor(store: Store) {
    const help = h("button", { type: "button", class: "icon-button", "aria-label": "Help and keyboard shortcuts", title: "Help and keyboard shortcuts (?)", on: { click: () => this.help() } }, "?");
    const teach = h("a", { class: "plain", href: "teach", hidden: true }, "Teach", h("span", {}, " it your voice"));
    byId("corner").append(teach, iconButton("sun", "Light or dark", toggleTheme), help);
    store.watch(["status"], () => {
      teach.hidden = !store.state.status?.manages;
      this.renderHears(store.state.status?.gallery ?? false, store.state.status?.gallery_key ?? null);
    });
    this.dialog.append(
      h("div", { class: "details-bar" }, h("h2", { id: "help-title" }, "Help"), iconButton("close", "Close", () => this.dialog.close(), "Esc")),
      h("div", { class: "shortcuts" }, ...SHORTCUTS.map(({ title, keys }) => h("section", {}, h("h3", {}, title), h("dl", {}, ...keys.flatMap(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)]))))),
      this.hears,
    );
    document.body.append(this.dialog);
  }

  help(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

  private renderHears(there: boolean, key: string | null): void {
    this.hears.replaceChildren(
      h("h3", {}, "What the network hears"),
      h("p", {}, "Every neuron of the paper's network can be seen and heard: the pattern that excites it most, and your sounds that do.", there ? " " : " Make that page once; it takes some minutes, and needs pip install \"menura[train]\":"),
      there ? h("a", { class: "hears", href: key ? `hears/?key=${key}` : "hears/" }, "See and hear them") : h("pre", {}, "menura visualise tl-iminet --out gallery\nmenura serve FOLDER --gallery gallery"),
    );
  }
}
