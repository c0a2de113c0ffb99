/** What is where: between the map, whose y goes up, and the screen, whose y goes down. */

export interface Size {
  width: number;
  height: number;
}

/** The least x, the least y, the greatest x and the greatest y, on the map. */
export type Box = readonly [left: number, bottom: number, right: number, top: number];

/** What is seen: the place in the middle, and how many pixels one unit of the map takes. */
export interface Camera {
  x: number;
  y: number;
  scale: number;
}

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

const MARGIN = 0.06; // of the screen about the whole map
const NEAREST = 0.5; // the whole map may be half of its size,
const FURTHEST = 2000; // or so many times it

/** The box that all points are in. */
export function extentOf(places: Float32Array): Box {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [places[i] as number, places[i + 1] as number];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  return left > right ? [-1, -1, 1, 1] : [left, bottom, right, top];
}

/** The camera that sees all of a box. */
export function fit([left, bottom, right, top]: Box, { width, height }: Size): Camera {
  const share = 1 - 2 * MARGIN;
  const scale = Math.min((share * width) / (right - left), (share * height) / (top - bottom));
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale: Number.isFinite(scale) && scale > 0 ? scale : share * Math.min(width, height) };
}

export function toScreen(camera: Camera, { width, height }: Size, x: number, y: number): [number, number] {
  return [width / 2 + (x - camera.x) * camera.scale, height / 2 - (y - camera.y) * camera.scale];
}

export function toMap(camera: Camera, { width, height }: Size, px: number, py: number): [number, number] {
  return [camera.x + (px - width / 2) / camera.scale, camera.y - (py - height / 2) / camera.scale];
}

/** Nearer by a factor; what is at (px, py) stays there. */
export function zoom(camera: Camera, size: Size, whole: Camera, factor: number, px: number, py: number): Camera {
  const scale = Math.min(FURTHEST * whole.scale, Math.max(NEAREST * whole.scale, camera.scale * factor));
  const [x, y] = toMap(camera, size, px, py);
  return { x: x - (px - size.width / 2) / scale, y: y + (py - size.height / 2) / scale, scale };
}

export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y + dy / camera.scale };
}

/** The box between two places on the screen. */
export function boxBetween(camera: Camera, size: Size, [ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): Box {
  const [x1, y1] = toMap(camera, size, ax, ay);
  const [x2, y2] = toMap(camera, size, bx, by);
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
}

/** The index of the point that is nearest to a place on the screen and at most `reach` pixels from it, or -1. */
export function nearest(places: Float32Array, camera: Camera, size: Size, px: number, py: number, reach: number): number {
  const [x, y] = toMap(camera, size, px, py);
  let [best, least] = [-1, (reach / camera.scale) ** 2];
  for (let i = 0; i < places.length; i += 2) {
    const distance = ((places[i] as number) - x) ** 2 + ((places[i + 1] as number) - y) ** 2;
    if (distance <= least) [best, least] = [i / 2, distance];
  }
  return best;
}

/** The index of the point to go to from a place: near, and more in that direction than beside it; -1 if there is none. */
export function towards(places: Float32Array, [x, y]: readonly [number, number], direction: Direction): number {
  const across = direction === "ArrowLeft" || direction === "ArrowRight";
  const sign = direction === "ArrowRight" || direction === "ArrowUp" ? 1 : -1;
  let [best, least] = [-1, Infinity];
  for (let i = 0; i < places.length; i += 2) {
    const [dx, dy] = [(places[i] as number) - x, (places[i + 1] as number) - y];
    const [ahead, aside] = across ? [sign * dx, Math.abs(dy)] : [sign * dy, Math.abs(dx)];
    if (ahead <= 0 || aside > ahead) continue;
    const distance = ahead + 2 * aside;
    if (distance < least) [best, least] = [i / 2, distance];
  }
  return best;
}
