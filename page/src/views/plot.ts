/** A spectrogram with axes. */

import { h } from "../dom";
import { hertzTicks, timeTicks, type Tick } from "../draw/axes";
import { bytesOf, cropped, drawSpectrogram, framesOf, matrixOf } from "../draw/spectrogram";
import { theme } from "./theme";

export interface Plotted {
  start_s: number;
  end_s: number;
  log_mel: string;
  bands: number;
  frames: number;
  band_hz: number[];
  frame_s: number;
  contribution?: string;
}

/** The figure; call `draw` once it is in the page, and after a change of its width or theme. */
export function plot(side: Plotted, label: string): { element: HTMLElement; draw: (overlay: boolean) => void } {
  const seconds = side.end_s - side.start_s;
  const shown = framesOf(side, seconds);
  const endS = side.start_s + shown * side.frame_s;
  const canvas = h("canvas", { role: "img", "aria-label": label });
  const across = h("div", { class: "axis across", "aria-hidden": "true" }, ...timeTicks(side.start_s, endS).map((tick) => mark(tick, "left")));
  const up = h("div", { class: "axis up", "aria-hidden": "true" }, ...hertzTicks(side.band_hz).map((tick) => mark(tick, "bottom")));
  const matrix = matrixOf(side, seconds);
  const contribution = side.contribution ? cropped(new Int8Array(bytesOf(side.contribution).buffer), side.bands, side.frames, shown) : null;
  return {
    element: h("div", { class: "plot" }, up, canvas, across),
    draw: (overlay) => drawSpectrogram(canvas, matrix, theme(), overlay ? contribution : null),
  };
}

/** A label on an axis; those at its ends stay within it. */
export function mark({ at, label }: Tick, side: "left" | "bottom"): HTMLElement {
  const element = h("span", { class: at < 0.04 ? "first" : at > 0.94 ? "last" : null }, label);
  element.style[side] = `${100 * at}%`;
  return element;
}
