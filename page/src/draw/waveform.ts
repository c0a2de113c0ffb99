/** Waveforms as bars, on canvases. */

import { fitted } from "./spectrogram";

/** Colours come from the stylesheet: `color` of the canvas, and these. */
export interface Marked {
  /** The part to bring out, as shares of the length in [0, 1]. */
  from: number;
  to: number;
}

/** Peaks in [0, 1] from left to right, mirrored about the middle; what lies outside of `marked` is faint. */
export function drawWaveform(canvas: HTMLCanvasElement, peaks: readonly number[], marked: Marked | null): void {
  const context = fitted(canvas);
  const ratio = canvas.width / Math.max(1, canvas.clientWidth);
  const style = getComputedStyle(canvas);
  const [bright, faint] = [style.color, style.getPropertyValue("--faint") || style.color];
  const step = 3 * ratio;
  const bars = Math.max(1, Math.floor(canvas.width / step));
  for (let bar = 0; bar < bars; bar++) {
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

/** The last peaks of a recording under way: the newest at the right edge. */
export function drawLive(canvas: HTMLCanvasElement, peaks: readonly number[]): void {
  const context = fitted(canvas);
  const ratio = canvas.width / Math.max(1, canvas.clientWidth);
  const style = getComputedStyle(canvas);
  const step = 4 * ratio;
  const bars = Math.floor(canvas.width / step);
  for (let bar = 0; bar < bars; bar++) {
    const peak = peaks[peaks.length - bars + bar];
    context.fillStyle = peak === undefined ? style.getPropertyValue("--faint") : style.color;
    // The square root shows soft voices, too.
    const height = peak === undefined ? ratio : Math.max(2 * ratio, Math.sqrt(peak) * canvas.height * 0.94);
    context.fillRect(bar * step, (canvas.height - height) / 2, 3 * ratio, height);
  }
}
