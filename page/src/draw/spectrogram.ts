/** Spectrograms on canvases. Matrices are (bands x frames) bytes, row-major, low band first. */

import { greys, palette, type Theme } from "./colours";

export interface Matrix {
  bytes: Uint8Array;
  bands: number;
  frames: number;
}

export function matrixOf(side: { log_mel: string; bands: number; frames: number }): Matrix {
  return { bytes: bytesOf(side.log_mel), bands: side.bands, frames: side.frames };
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

const PALETTES = { dark: palette("dark"), light: palette("light") };
const GREYS = { dark: greys("dark"), light: greys("light") };
/** What raised the score, and what lowered it: sRGB that differs in lightness too, for eyes that do not see the hue. */
export const RAISED: Record<Theme, [number, number, number]> = { dark: [255, 176, 46], light: [214, 92, 0] };
export const LOWERED: Record<Theme, [number, number, number]> = { dark: [64, 138, 255], light: [20, 92, 214] };

/** Fills the canvas with the spectrogram, low bands at the bottom; `contribution` lies over a grey one. */
export function drawSpectrogram(canvas: HTMLCanvasElement, matrix: Matrix, theme: Theme, contribution: Int8Array | null = null): void {
  const { bytes, bands, frames } = matrix;
  if (bands === 0 || frames === 0) return;
  const colours = (contribution ? GREYS : PALETTES)[theme];
  const picture = new ImageData(frames, bands);
  for (let band = 0; band < bands; band++) {
    for (let frame = 0; frame < frames; frame++) {
      const from = band * frames + frame;
      const to = 4 * ((bands - 1 - band) * frames + frame);
      const share = contribution ? strength(contribution[from] ?? 0) : 0;
      const overlay = ((contribution?.[from] ?? 0) > 0 ? RAISED : LOWERED)[theme];
      for (let c = 0; c < 3; c++) {
        const ground = colours[3 * (bytes[from] ?? 0) + c] ?? 0;
        picture.data[to + c] = ground + share * ((overlay[c] ?? 0) - ground);
      }
      picture.data[to + 3] = 255;
    }
  }
  stretch(canvas, picture);
}

/** Weak contributions stay visible, and nothing hides the spectrogram beneath. */
function strength(contribution: number): number {
  return 0.85 * Math.sqrt(Math.abs(contribution) / 127);
}

function stretch(canvas: HTMLCanvasElement, picture: ImageData): void {
  const small = document.createElement("canvas");
  [small.width, small.height] = [picture.width, picture.height];
  small.getContext("2d")?.putImageData(picture, 0, 0);
  const context = fitted(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** The canvas's context, with as many pixels as the screen has for it. */
export function fitted(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas in this browser");
  return context;
}
