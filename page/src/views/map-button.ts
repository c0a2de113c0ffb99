/** The button that opens the map. What draws the map is loaded when it is first pressed. */

import type { Controller } from "../controller";
import { byId, h, icon } from "../dom";
import { ALL } from "../types";
import type { ResultsView } from "./results";
import { say } from "./say";

const ONE_ALONE = "A map is of one library: choose one at the top";

export class MapButton {
  private loading: Promise<void> | null = null;

  constructor(
    private readonly controller: Controller,
    private readonly results: ResultsView,
  ) {
    const { store } = controller;
    const button = h(
      "button",
      { type: "button", class: "toggle", "aria-controls": "map", on: { click: () => store.set({ map: !store.state.map }) } },
      icon("map"),
      h("span", {}, "Map"),
    );
    byId("filters").querySelector(".tally")?.before(button);
    store.watch(["map", "lib"], () => {
      const { map, lib } = store.state;
      button.title = lib === ALL ? ONE_ALONE : "The map of the library (M)";
      if (map && lib === ALL) {
        say(ONE_ALONE);
        return store.set({ map: false });
      }
      button.setAttribute("aria-pressed", String(map));
      byId("map").hidden = !map;
      if (map) this.loading ??= this.load();
      else controller.confine(null); // what narrows the list is always to be seen
    });
  }

  private async load(): Promise<void> {
    try {
      const { MapView } = await import("./map");
      new MapView(this.controller, this.results);
    } catch (error) {
      this.loading = null;
      byId("map").replaceChildren(h("p", { class: "fault" }, error instanceof Error ? error.message : String(error)));
    }
  }
}
