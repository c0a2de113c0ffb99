/** What draws the points of a map, and which of two does. */

import type { Camera, Size } from "./geometry";
import { Raster } from "./raster";
import { Scatter } from "./scatter";

export type Rgb = readonly [number, number, number];

export const DIMMED = 0.3; // what is not lit, beside what is
export const OPAQUE = 0.85;
export const RIM = 1.5; // pixels about what is lit, so that one can be told from the next
const FADES = 8; // places down the list, after which what is lit is noticeably smaller

export interface Scene {
  camera: Camera;
  size: Size;
  /** Of a point, in pixels. */
  dot: number;
  lit: Rgb;
  ground: Rgb;
}

export interface Painter {
  /** The points, x and y of each, and four bytes of colour; those that come last are on top. */
  setPoints(places: Float32Array, colours: Uint8Array): void;
  /** The points that are lit, with x and y of each: the last one, which is the best, is the largest and on top. */
  light(places: Float32Array): void;
  draw(scene: Scene): void;
}

/** How large the one that is lit is of so many, of all the room that the best has. */
export function glow(place: number, count: number): number {
  return 0.5 + 0.5 * Math.exp((place + 1 - count) / FADES);
}

/** A graphics processor draws a map in no time; a program that only acts as one takes longer than drawing without it. */
export function painterOn(canvas: HTMLCanvasElement): Painter {
  return hasGraphics() ? new Scatter(canvas) : new Raster(canvas);
}

const PROGRAMS = /swiftshader|llvmpipe|softpipe|software|basic render/i; // which act as a graphics processor

function hasGraphics(): boolean {
  const gl = document.createElement("canvas").getContext("webgl", { failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  const told = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !PROGRAMS.test(renderer);
}
