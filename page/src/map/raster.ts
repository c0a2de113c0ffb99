/** Points without a graphics processor: pixel by pixel, the same picture as `Scatter` draws. */

import type { Painter, Scene } from "./painter";
import { DIMMED, glow, OPAQUE, RIM } from "./painter";
import type { Camera } from "./geometry";

const FINE_BITS = 2;
const FINE = 1 << FINE_BITS; // places between one pixel and the next at which a disc may begin
const FULL = 256;
const OPAQUE_BYTES = 0xff000000;
const MOST_RATIO = 2;

/** A picture of opaque pixels, 0xAABBGGRR each. */
export interface Picture {
  pixels: Uint32Array;
  width: number;
  height: number;
}

/** The pixels of a disc: how far each is from its first one, and how much of it is covered, in 256ths. */
interface Stamp {
  at: Int32Array;
  covered: Uint16Array;
}

export class Raster implements Painter {
  private readonly context: CanvasRenderingContext2D;
  private image: ImageData | null = null;
  private places: Float32Array = new Float32Array(0);
  private colours: Uint32Array = new Uint32Array(0);
  private lights: Float32Array = new Float32Array(0);

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new Error("The map cannot be drawn by this browser.");
    this.context = context;
  }

  setPoints(places: Float32Array, colours: Uint8Array): void {
    [this.places, this.colours] = [places, new Uint32Array(colours.buffer, colours.byteOffset, colours.length / 4)];
  }

  light(places: Float32Array): void {
    this.lights = places;
  }

  draw({ camera, size, dot, lit, ground }: Scene): void {
    const ratio = Math.min(MOST_RATIO, window.devicePixelRatio || 1);
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    const n = this.lights.length / 2;
    const largest = ratio * (n > 0 ? 1.3 * dot + 9 : dot);
    const margin = Math.ceil(largest) + 2; // what is half beyond the edge is drawn all the same
    const picture = this.picture(width + 2 * margin, height + 2 * margin);
    picture.pixels.fill(packed(ground));
    const pixels: Camera = { ...camera, scale: camera.scale * ratio };
    drawDiscs(picture, pixels, this.places, this.colours, new Disc(ratio * dot, n > 0 ? DIMMED : OPAQUE, picture.width));
    const discs = new Map<number, Disc>(); // by half pixels: most have one size
    const disc = (diameter: number): Disc => {
      const size = Math.round(2 * diameter) / 2;
      const found = discs.get(size) ?? new Disc(size, 1, picture.width);
      discs.set(size, found);
      return found;
    };
    for (let i = 0; i < n; i++) {
      const [place, diameter] = [this.lights.subarray(2 * i, 2 * i + 2), largest * glow(i, n)];
      drawDiscs(picture, pixels, place, Uint32Array.of(packed(ground)), disc(diameter));
      drawDiscs(picture, pixels, place, Uint32Array.of(packed(lit)), disc(diameter - 2 * RIM * ratio));
    }
    if (this.image) this.context.putImageData(this.image, -margin, -margin);
  }

  private picture(width: number, height: number): Picture {
    if (this.image?.width !== width || this.image.height !== height) this.image = new ImageData(width, height);
    return { pixels: new Uint32Array(this.image.data.buffer), width, height };
  }
}

/** A disc of some pixels' diameter, for a picture of some width. */
export class Disc {
  /** How many pixels, across or down, it lies on at most. */
  readonly reach: number;
  private readonly stamps: (Stamp | undefined)[] = [];

  constructor(
    readonly size: number,
    private readonly opacity: number,
    private readonly width: number,
  ) {
    this.reach = Math.ceil(size) + 1;
  }

  /** Its pixels where it begins so many fine steps, each less than `FINE`, within its first one. */
  beginning(x: number, y: number): Stamp {
    return (this.stamps[y * FINE + x] ??= this.stamp(x / FINE + this.size / 2, y / FINE + this.size / 2));
  }

  private stamp(x: number, y: number): Stamp {
    const [at, covered]: [number[], number[]] = [[], []];
    for (let row = 0; row < this.reach; row++) {
      for (let column = 0; column < this.reach; column++) {
        const within = this.size / 2 - Math.hypot(column + 0.5 - x, row + 0.5 - y);
        const share = Math.round(FULL * this.opacity * Math.min(1, within));
        if (share <= 0) continue;
        at.push(row * this.width + column);
        covered.push(share);
      }
    }
    return { at: Int32Array.from(at), covered: Uint16Array.from(covered) };
  }
}

/** Draws a disc at the places that a camera in the middle of the picture sees, x and y of each. */
export function drawDiscs({ pixels, width, height }: Picture, camera: Camera, places: Float32Array, colours: Uint32Array, disc: Disc): void {
  const { size, reach } = disc;
  const [left, top] = [width / 2 - camera.x * camera.scale - size / 2, height / 2 + camera.y * camera.scale - size / 2];
  for (let i = 0; i < colours.length; i++) {
    const x = Math.floor(FINE * (left + camera.scale * (places[2 * i] as number)));
    const y = Math.floor(FINE * (top - camera.scale * (places[2 * i + 1] as number)));
    const [column, row] = [x >> FINE_BITS, y >> FINE_BITS];
    if (column < 0 || row < 0 || column + reach > width || row + reach > height) continue;
    const { at, covered } = disc.beginning(x & (FINE - 1), y & (FINE - 1));
    const [first, colour] = [row * width + column, colours[i] as number];
    for (let k = 0; k < at.length; k++) {
      const pixel = first + (at[k] as number);
      pixels[pixel] = mixed(pixels[pixel] as number, colour, covered[k] as number);
    }
  }
}

/** A colour over another: two of its bytes at once, and then the third. */
function mixed(under: number, over: number, share: number): number {
  const rest = FULL - share;
  const outer = ((Math.imul(over & 0xff00ff, share) + Math.imul(under & 0xff00ff, rest)) >>> 8) & 0xff00ff;
  const middle = (((over & 0xff00) * share + (under & 0xff00) * rest) >>> 8) & 0xff00;
  return OPAQUE_BYTES | outer | middle;
}

function packed([red, green, blue]: readonly [number, number, number]): number {
  return (OPAQUE_BYTES | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}
