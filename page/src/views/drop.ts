/** A file dropped anywhere on the page is searched for. */

import type { Controller } from "../controller";
import { byId } from "../dom";

export function watchDrops(controller: Controller): void {
  const veil = byId("veil");
  let ours = false; // a result that is dragged out comes back over the page first
  const hasFile = (event: DragEvent): boolean => !ours && (event.dataTransfer?.types.includes("Files") ?? false);
  document.addEventListener("dragstart", () => (ours = true));
  document.addEventListener("dragend", () => (ours = false));
  document.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) veil.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!hasFile(event)) return;
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) void controller.drop(file);
  });
}
