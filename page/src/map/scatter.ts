/** Points by WebGL: all of them in one call, and those that are lit in another, above them. */

import { createBufferInfoFromArrays, createProgramInfo, drawBufferInfo, setBuffersAndAttributes, setUniforms, type BufferInfo, type ProgramInfo } from "twgl.js";
import { DIMMED, glow, OPAQUE, RIM, type Painter, type Rgb, type Scene } from "./painter";

const VERTEX = `
attribute vec2 place;
attribute vec4 colour;
uniform vec2 centre;
uniform vec2 stretch;
uniform float size;
uniform vec4 paint;
varying vec3 shade;
varying float pixels;
void main() {
  gl_Position = vec4((place - centre) * stretch, 0.0, 1.0);
  pixels = size * colour.a;
  gl_PointSize = pixels;
  shade = mix(colour.rgb, paint.rgb, paint.a);
}`;
const FRAGMENT = `
precision mediump float;
varying vec3 shade;
varying float pixels;
uniform float opacity;
uniform vec3 rim;
uniform float rimWidth;
void main() {
  float edge = (0.5 - length(gl_PointCoord - 0.5)) * pixels;
  if (edge <= 0.0) discard;
  float alpha = opacity * min(1.0, edge);
  gl_FragColor = vec4(mix(rim, shade, clamp(edge - rimWidth, 0.0, 1.0)) * alpha, alpha);
}`;

export class Scatter implements Painter {
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

  light(places: Float32Array): void {
    const n = places.length / 2;
    const colours = new Uint8Array(4 * n);
    for (let i = 0; i < n; i++) colours[4 * i + 3] = 255 * glow(i, n);
    this.lights = this.buffers(this.lights, places, colours);
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
    const dots = (points: BufferInfo, pixels: number, opacity: number, paint: readonly number[], rimWidth: number): void => {
      setBuffersAndAttributes(gl, program, points);
      setUniforms(program, { centre: [camera.x, camera.y], stretch, size: pixels * ratio, opacity, paint, rim: unit(ground), rimWidth: rimWidth * ratio });
      drawBufferInfo(gl, points, gl.POINTS);
    };
    if (this.points) dots(this.points, dot, this.lights ? DIMMED : OPAQUE, [0, 0, 0, 0], -1);
    if (this.lights) dots(this.lights, 1.3 * dot + 9, 1, [...unit(lit), 1], RIM);
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

function unit(colour: Rgb): number[] {
  return colour.map((byte) => byte / 255);
}
