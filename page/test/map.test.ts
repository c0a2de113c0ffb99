import { describe, expect, it } from "vitest";
import { COLOURED, colourOf, NONE, painted } from "../src/map/colours";
import { boxBetween, extentOf, fit, nearest, pan, toMap, toScreen, towards, zoom } from "../src/map/geometry";
import { pointsOf } from "../src/map/points";
import { Disc, drawDiscs } from "../src/map/raster";

const SIZE = { width: 400, height: 200 };
const PLACES = new Float32Array([0, 0, 10, 0, 0, 4, -3, 1]);

describe("the camera", () => {
  const whole = fit(extentOf(PLACES), SIZE);

  it("sees all points", () => {
    for (let i = 0; i < PLACES.length; i += 2) {
      const [x, y] = toScreen(whole, SIZE, PLACES[i]!, PLACES[i + 1]!);
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(SIZE.width);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(SIZE.height);
    }
  });

  it("goes from the map to the screen and back", () => {
    const [px, py] = toScreen(whole, SIZE, 3, 2);
    const [x, y] = toMap(whole, SIZE, px, py);
    expect(x).toBeCloseTo(3);
    expect(y).toBeCloseTo(2);
  });

  it("keeps what is under the pointer when it goes nearer", () => {
    const before = toMap(whole, SIZE, 30, 170);
    const after = toMap(zoom(whole, SIZE, whole, 3, 30, 170), SIZE, 30, 170);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
    expect(zoom(whole, SIZE, whole, 1e9, 0, 0).scale).toBeLessThan(1e4 * whole.scale);
    expect(zoom(whole, SIZE, whole, 1e-9, 0, 0).scale).toBeGreaterThan(0.1 * whole.scale);
  });

  it("moves with the hand", () => {
    const [x, y] = toScreen(pan(whole, 20, -10), SIZE, 3, 2);
    const [px, py] = toScreen(whole, SIZE, 3, 2);
    expect(x - px).toBeCloseTo(20);
    expect(y - py).toBeCloseTo(-10);
  });

  it("sees one point and none", () => {
    for (const places of [new Float32Array([5, 5]), new Float32Array(0), new Float32Array([1, 2, 1, 9])]) {
      expect(Object.values(fit(extentOf(places), SIZE)).every(Number.isFinite)).toBe(true);
    }
  });
});

describe("points", () => {
  const camera = fit(extentOf(PLACES), SIZE);

  it("are found where they are, within reach", () => {
    const [px, py] = toScreen(camera, SIZE, 10, 0);
    expect(nearest(PLACES, camera, SIZE, px + 3, py, 8)).toBe(1);
    expect(nearest(PLACES, camera, SIZE, px + 12, py, 8)).toBe(-1);
  });

  it("are reached by arrows, and come to an end", () => {
    expect(towards(PLACES, [0, 0], "ArrowRight")).toBe(1);
    expect(towards(PLACES, [0, 0], "ArrowUp")).toBe(2);
    expect(towards(PLACES, [0, 0], "ArrowLeft")).toBe(3);
    expect(towards(PLACES, [0, 0], "ArrowDown")).toBe(-1);
  });

  it("are in the box that is drawn about them, from whichever corner", () => {
    const [a, b] = [toScreen(camera, SIZE, -1, -1), toScreen(camera, SIZE, 1, 5)];
    for (const box of [boxBetween(camera, SIZE, a, b), boxBetween(camera, SIZE, b, a)]) {
      [-1, -1, 1, 5].forEach((edge, at) => expect(box[at]).toBeCloseTo(edge));
    }
  });

  it("come as safetensors", () => {
    const header = JSON.stringify({
      __metadata__: { "1": "b", "0": "a", "10": "k" },
      ids: { dtype: "U32", shape: [1], data_offsets: [8, 12] },
      places: { dtype: "F32", shape: [1, 2], data_offsets: [0, 8] },
      categories: { dtype: "U16", shape: [1], data_offsets: [12, 14] },
    });
    const content = new ArrayBuffer(8 + header.length + 14);
    new DataView(content).setBigUint64(0, BigInt(header.length), true);
    new Uint8Array(content, 8).set(new TextEncoder().encode(header));
    const data = new DataView(content, 8 + header.length);
    data.setFloat32(0, 1.5, true);
    data.setFloat32(4, -2, true);
    data.setUint32(8, 4_000_000_000, true);
    data.setUint16(12, 7, true);
    const { places, ids, categories, names } = pointsOf(content);
    expect([...places, ...ids, ...categories]).toEqual([1.5, -2, 4_000_000_000, 7]);
    expect(names).toEqual(["a", "b", "k"]);
    expect(() => pointsOf(content.slice(0, 4))).toThrow();
  });
});

describe("points without a graphics processor", () => {
  const GROUND = 0xff000000;
  const RED = Uint32Array.of(0xff0000ff);
  const drawn = (x: number, y: number, size: number, opacity: number, colours = RED): { at: (column: number, row: number) => number; sum: number } => {
    const picture = { pixels: new Uint32Array(40 * 30).fill(GROUND), width: 40, height: 30 };
    drawDiscs(picture, { x: 0, y: 0, scale: 1 }, Float32Array.of(x, y), colours, new Disc(size, opacity, 40));
    return { at: (column, row) => picture.pixels[row * 40 + column]!, sum: picture.pixels.reduce((sum, pixel) => sum + (pixel & 0xff), 0) };
  };

  it("are discs where the camera sees them", () => {
    const { at } = drawn(5, -3, 8, 1);
    expect(at(25, 18)).toBe(0xff0000ff);
    for (const [column, row] of [[25, 12], [25, 23], [19, 18], [31, 18], [21, 14]] as const) expect(at(column, row) & 0xff).toBeLessThan(60);
  });

  it("cover as much wherever between pixels they lie, and as they are opaque", () => {
    const whole = drawn(0, 0, 9, 1).sum;
    for (const x of [0.25, 0.5, 0.8]) expect(drawn(x, x / 2, 9, 1).sum / whole).toBeCloseTo(1, 1);
    expect(drawn(0, 0, 9, 0.3).sum / whole).toBeCloseTo(0.3, 1);
  });

  it("let what is under them be seen by their opacity, in each colour", () => {
    const { at } = drawn(0.5, 0.5, 9, 0.5, Uint32Array.of(0xff64c832));
    const [red, green, blue] = [0, 8, 16].map((bits) => (at(20, 14) >>> bits) & 0xff);
    expect([red, green, blue]).toEqual([0x32 / 2, 0xc8 / 2, 0x64 / 2]);
    expect(at(20, 14) >>> 24).toBe(0xff);
  });

  it("are left out where they do not fit, and disturb nothing", () => {
    for (const [x, y] of [[-19, 0], [19, 0], [0, 14], [0, -14], [1e6, 1e6]] as const) expect(drawn(x, y, 8, 1).sum).toBe(0);
  });
});

describe("colours", () => {
  it("differ between categories, and are grey for the rest", () => {
    for (const theme of ["light", "dark"] as const) {
      const colours = Array.from({ length: COLOURED }, (_, one) => colourOf(one, theme).map(Math.round).join());
      expect(new Set(colours).size).toBe(COLOURED);
      const [red, green, blue] = colourOf(COLOURED, theme).map(Math.round);
      expect(red).toBe(green);
      expect(green).toBe(blue);
    }
  });

  it("are four bytes a point, and those that say little lie below the others", () => {
    const places = new Float32Array([0, 1, 2, 3, 4, 5, 6, 7]);
    const { places: sorted, colours } = painted({ places, categories: new Uint16Array([0, NONE, 60_000, 0]) }, "dark");
    expect([...sorted]).toEqual([2, 3, 4, 5, 0, 1, 6, 7]);
    expect(colours.length).toBe(16);
    expect([...colours.slice(8, 12)]).toEqual([...colours.slice(12)]);
    expect([...colours.slice(8, 11)]).toEqual(colourOf(0, "dark").map(Math.trunc));
    expect(colours[0]).toBeLessThan(colours[4]!);
    expect(colours[7]).toBe(255);
  });
});
