/** How long a sound may be: of any length, shorter or longer than some seconds, or about as long as the take. */

import type { Controller } from "../controller";
import { byId, h } from "../dom";
import { LENGTHS, type LengthKind } from "../length";

const SECONDS = "seconds";

export class LengthView {
  constructor(controller: Controller) {
    const { store } = controller;
    const kind = h("select", { "aria-label": "Length", on: { change: () => change() } }, ...LENGTHS.map(([value, label]) => h("option", { value }, label)));
    const seconds = h("input", { type: "number", class: "seconds", min: 0, max: 3600, step: 0.1, value: 1, "aria-label": `Length in ${SECONDS}`, title: `Length in ${SECONDS}`, on: { change: () => change() } });
    const change = (): void => controller.filter({ length: { kind: kind.value as LengthKind, seconds: Math.max(0.01, Number(seconds.value) || 1) } });
    const unit = h("span", { class: "unit", "aria-hidden": "true" }, "s");
    const field = h("span", { class: "length-field" }, kind, seconds, unit);
    byId("filters").querySelector(".fields > select")?.after(field);
    store.watch(["length", "take"], () => {
      const { length, take } = store.state;
      kind.value = length.kind;
      seconds.value = String(length.seconds);
      seconds.hidden = unit.hidden = length.kind !== "shorter" && length.kind !== "longer";
      const like = kind.querySelector<HTMLOptionElement>("option[value=take]");
      if (like) like.disabled = take === null;
    });
  }
}
