/** The button that opens the map. What draws the map is loaded when it is first pressed. */

import type { Controller } from "../controller";
import { byId, h, icon } from "../dom";
import type { ResultsView } from "./results";

export class MapButton {
  private loading: Promise<void> | null = null;

  constructor(
    private readonly controller: Controller,
    private readonly results: ResultsView,
  ) {
    const { store } = controller;
    const button = h(
      "button",
      { type: "button", class: "toggle", title: "The map of the library (M)", "aria-controls": "map", on: { click: () => store.set({ map: !store.state.map }) } },
      icon("map"),
      h("span", {}, "Map"),
    );
    byId("filters").querySelector(".tally")?.before(button);
    store.watch(["map"], () => {
      const { map } = store.state;
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
