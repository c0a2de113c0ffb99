/** Spectrograms on canvases. Matrices are (bands x frames) bytes, row-major, low band first. */

import { greys, palette, type Theme } from "./colours";

export interface Matrix {
  bytes: Uint8Array;
  bands: number;
  frames: number;
}

/** The spectrogram of the first seconds of a window. */
export function matrixOf(side: { log_mel: string; bands: number; frames: number; frame_s: number }, seconds: number): Matrix {
  const frames = framesOf(side, seconds);
  return { bytes: cropped(bytesOf(side.log_mel), side.bands, side.frames, frames), bands: side.bands, frames };
}

/** The first frames of a matrix. */
export function cropped<T extends Uint8Array | Int8Array>(bytes: T, bands: number, frames: number, kept: number): T {
  const piece = bytes.slice(0, bands * kept) as T;
  for (let band = 0; band < bands; band++) piece.set(bytes.subarray(band * frames, band * frames + kept), band * kept);
  return piece;
}

/** How many frames a sound of some seconds fills; the rest of a window is padding. */
export function framesOf(side: { frames: number; frame_s: number }, seconds: number): number {
  return Math.max(1, Math.min(side.frames, Math.ceil(seconds / side.frame_s)));
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

/** Nothing hides the spectrogram beneath. */
function strength(contribution: number): number {
  return 0.85 * (Math.abs(contribution) / 127);
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
