/** Waveforms as bars, on canvases. */

import { fitted } from "./spectrogram";

const BEYOND_ALPHA = 0.3;
const LABEL_PX = 40;

/** Colours come from the stylesheet: `color` of the canvas, and these. */
export interface Marked {
  /** The part to bring out, as shares of the length in [0, 1]. */
  from: number;
  to: number;
}

/** Where on the canvas the sound is, as shares of its width, and where lines of time stand; beyond it nothing is drawn. */
export interface Extent {
  from: number;
  to: number;
  ticks: readonly number[];
}

const WHOLE: Extent = { from: 0, to: 1, ticks: [] };

/** Peaks in [0, 1] from left to right, mirrored about the middle; what lies outside of `marked` is faint. */
export function drawWaveform(canvas: HTMLCanvasElement, peaks: readonly number[], marked: Marked | null, extent: Extent = WHOLE): void {
  const context = fitted(canvas);
  const ratio = canvas.width / Math.max(1, canvas.clientWidth);
  const style = getComputedStyle(canvas);
  const [bright, faint] = [style.color, style.getPropertyValue("--faint") || style.color];
  context.fillStyle = style.getPropertyValue("--tick") || faint;
  for (const tick of extent.ticks) context.fillRect(Math.min(canvas.width - ratio, Math.round(tick * canvas.width)), 0, ratio, canvas.height);
  const step = 3 * ratio;
  const bars = Math.max(1, Math.floor(canvas.width / step));
  for (let bar = 0; bar < bars; bar++) {
    if ((bar + 1) / bars <= extent.from || bar / bars >= extent.to) continue;
    const from = Math.floor((bar * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    let peak = 0;
    for (let i = from; i < to; i++) peak = Math.max(peak, peaks[i] ?? 0);
    const middle = (bar + 0.5) / bars;
    context.fillStyle = !marked || (middle >= marked.from && middle <= marked.to) ? bright : faint;
    const height = Math.max(ratio, peak * canvas.height * 0.96);
    context.fillRect(bar * step, (canvas.height - height) / 2, 2 * ratio, height);
  }
}

/** Where what can be heard of a recording ends: the number of peaks before it, and a name. */
export interface Limit {
  at: number;
  label: string;
}

/** The last peaks of a recording under way: the newest at the right edge. What lies beyond the limit is dim. */
export function drawLive(canvas: HTMLCanvasElement, peaks: readonly number[], limit: Limit | null): void {
  const context = fitted(canvas);
  const ratio = canvas.width / Math.max(1, canvas.clientWidth);
  const style = getComputedStyle(canvas);
  const step = 4 * ratio;
  const bars = Math.floor(canvas.width / step);
  const end = limit === null ? Infinity : limit.at - peaks.length + bars;
  for (let bar = 0; bar < bars; bar++) {
    const peak = peaks[peaks.length - bars + bar];
    context.globalAlpha = bar < end ? 1 : BEYOND_ALPHA;
    context.fillStyle = peak === undefined ? style.getPropertyValue("--faint") : style.color;
    // The square root shows soft voices, too.
    const height = peak === undefined ? ratio : Math.max(2 * ratio, Math.sqrt(peak) * canvas.height * 0.94);
    context.fillRect(bar * step, (canvas.height - height) / 2, 3 * ratio, height);
  }
  context.globalAlpha = 1;
  if (limit === null || end < 0 || end > bars) return;
  context.fillStyle = style.getPropertyValue("--ink");
  context.fillRect((end - 0.5) * step, 0, 1.5 * ratio, canvas.height);
  context.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  const before = end * step > LABEL_PX * ratio;
  context.textAlign = before ? "right" : "left";
  context.fillText(limit.label, (end + (before ? -1.5 : 1)) * step, 12 * ratio);
}
