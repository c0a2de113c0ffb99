/** Points by WebGL: all of them in one call, and those that are lit in two more, above the others. */

import { createBufferInfoFromArrays, createProgramInfo, drawBufferInfo, setBuffersAndAttributes, setUniforms, type BufferInfo, type ProgramInfo } from "twgl.js";
import type { Camera, Size } from "./geometry";

type Rgb = readonly [number, number, number];

const VERTEX = `
attribute vec2 place;
attribute vec4 colour;
uniform vec2 centre;
uniform vec2 stretch;
uniform float size;
uniform vec4 paint;
varying vec4 shade;
void main() {
  gl_Position = vec4((place - centre) * stretch, 0.0, 1.0);
  gl_PointSize = size;
  shade = paint.a > 0.0 ? paint : colour;
}`;
const FRAGMENT = `
precision mediump float;
varying vec4 shade;
uniform float size;
uniform float opacity;
void main() {
  float edge = (0.5 - length(gl_PointCoord - 0.5)) * size;
  if (edge <= 0.0) discard;
  float alpha = shade.a * opacity * min(1.0, edge);
  gl_FragColor = vec4(shade.rgb * alpha, alpha);
}`;
const DIMMED = 0.3; // what is not lit, beside what is
const OPAQUE = 0.85;

export interface Scene {
  camera: Camera;
  size: Size;
  /** Of a point, in pixels. */
  dot: number;
  lit: Rgb;
  ground: Rgb;
}

export class Scatter {
  private readonly gl: WebGLRenderingContext;
  private readonly program: ProgramInfo;
  private points: BufferInfo | null = null;
  private lights: BufferInfo | null = null;

  /** Throws where the browser has no WebGL. */
  constructor(private readonly canvas: HTMLCanvasElement) {
    const gl = canvas.getContext("webgl", { antialias: false, depth: false, premultipliedAlpha: true });
    if (!gl) throw new Error("The map is drawn with WebGL, which this browser does not have or has switched off.");
    this.gl = gl;
    this.program = createProgramInfo(gl, [VERTEX, FRAGMENT]);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  setPoints(places: Float32Array, colours: Uint8Array): void {
    this.points = this.buffers(this.points, places, colours);
  }

  /** The points that are lit, with x and y of each, the last one on top. */
  light(places: Float32Array): void {
    this.lights = this.buffers(this.lights, places, new Uint8Array(2 * places.length));
  }

  draw({ camera, size, dot, lit, ground }: Scene): void {
    const { gl, canvas, program } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(program.program);
    const stretch = [(2 * camera.scale) / size.width, (2 * camera.scale) / size.height];
    const dots = (points: BufferInfo, pixels: number, opacity: number, paint: Rgb | null): void => {
      setBuffersAndAttributes(gl, program, points);
      setUniforms(program, { centre: [camera.x, camera.y], stretch, size: pixels * ratio, opacity, paint: paint ? [...paint.map((byte) => byte / 255), 1] : [0, 0, 0, 0] });
      drawBufferInfo(gl, points, gl.POINTS);
    };
    if (this.points) dots(this.points, dot, this.lights ? DIMMED : OPAQUE, null);
    if (!this.lights) return;
    dots(this.lights, 2 * dot + 5, 1, ground);
    dots(this.lights, 2 * dot + 1, 1, lit);
  }

  private buffers(old: BufferInfo | null, places: Float32Array, colours: Uint8Array): BufferInfo | null {
    for (const attribute of Object.values(old?.attribs ?? {})) this.gl.deleteBuffer(attribute.buffer ?? null);
    if (places.length === 0) return null;
    return createBufferInfoFromArrays(this.gl, {
      place: { numComponents: 2, data: places },
      colour: { numComponents: 4, data: colours, type: Uint8Array, normalize: true },
    });
  }
}
