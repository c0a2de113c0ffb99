import { describe, expect, it } from "vitest";
import { COLOURED, colourOf, coloursOf } from "../src/map/colours";
import { boxBetween, extentOf, fit, nearest, pan, toMap, toScreen, towards, zoom } from "../src/map/geometry";
import { Pace, spread } from "../src/map/pace";
import { pointsOf } from "../src/map/points";

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

describe("the pace", () => {
  const after = (pace: Pace, gap: number, n: number): number => {
    let share = 1;
    for (let i = 1; i <= n; i++) share = pace.next(i * gap);
    return share;
  };

  it("draws all where there is time", () => {
    expect(after(new Pace(), 16.7, 100)).toBe(1);
  });

  it("draws fewer while frames are late, but never none, and more when they are not", () => {
    const pace = new Pace();
    const few = after(pace, 60, 100);
    expect(few).toBeGreaterThan(0);
    expect(few).toBeLessThan(0.1);
    for (let i = 0; i < 200; i++) pace.next(6000 + 16 * i);
    expect(pace.next(6000 + 16 * 200)).toBe(1);
  });

  it("is not disturbed by what is drawn once in a while", () => {
    expect(after(new Pace(), 1000, 20)).toBe(1);
  });

  it("has an order in which any beginning is spread over all", () => {
    for (const n of [0, 1, 2, 7, 100, 1000]) expect([...spread(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    const quarters = [0, 0, 0, 0];
    for (const i of spread(1000).slice(0, 100)) quarters[Math.floor(i / 250)]!++;
    for (const quarter of quarters) expect(quarter).toBeGreaterThan(20);
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

  it("are four bytes a point", () => {
    const colours = coloursOf(new Uint16Array([0, 60_000, 0]), "dark");
    expect(colours.length).toBe(12);
    expect([...colours.slice(0, 4)]).toEqual([...colours.slice(8)]);
    expect(colours[7]).toBe(255);
  });
});
