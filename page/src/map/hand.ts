/** What pointers and the wheel do on the map: rest, press, draw a box, move it, go nearer. */

export type Spot = readonly [px: number, py: number];

export interface Handlers {
  hover(at: Spot): void;
  leave(): void;
  press(at: Spot): void;
  /** A box is being drawn; `done` says whether the hand has let go. */
  draw(from: Spot, to: Spot, done: boolean): void;
  giveUp(): void;
  move(dx: number, dy: number): void;
  zoom(factor: number, at: Spot): void;
  /** Whether to drag is to draw a box, and not to move the map. */
  drawsBoxes(event: PointerEvent): boolean;
}

const DRAG_PX = 5; // less is a click
const WHEEL = 0.0016; // of a zoom, by pixel

export class Hand {
  private readonly pointers = new Map<number, Spot>();
  private from: Spot | null = null;
  private dragging: "box" | "map" | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly does: Handlers,
  ) {
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.moved(event));
    element.addEventListener("pointerup", (event) => this.up(event, true));
    element.addEventListener("pointercancel", (event) => this.up(event, false));
    element.addEventListener("pointerleave", () => does.leave());
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  private spot(event: MouseEvent): Spot {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private down(event: PointerEvent): void {
    if (event.button > 1) return;
    this.element.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.spot(event));
    if (this.pointers.size > 1 && this.dragging === "box") this.does.giveUp();
    [this.from, this.dragging] = this.pointers.size > 1 ? [null, "map"] : [this.spot(event), null];
  }

  private moved(event: PointerEvent): void {
    const [at, before] = [this.spot(event), this.pointers.get(event.pointerId)];
    if (!before) return event.pointerType === "touch" ? undefined : this.does.hover(at);
    if (this.from && !this.dragging && distance(this.from, at) > DRAG_PX) this.dragging = event.button !== 1 && this.does.drawsBoxes(event) ? "box" : "map";
    if (this.dragging === "box" && this.from) this.does.draw(this.from, at, false);
    if (this.dragging === "map") this.drag(event.pointerId, before, at);
    this.pointers.set(event.pointerId, at);
  }

  /** One finger moves the map; of two the map follows both. */
  private drag(id: number, before: Spot, at: Spot): void {
    const [other] = [...this.pointers].filter(([one]) => one !== id).map(([, spot]) => spot);
    const share = other ? 0.5 : 1;
    this.does.move(share * (at[0] - before[0]), share * (at[1] - before[1]));
    if (other) this.does.zoom(distance(other, at) / Math.max(1, distance(other, before)), [(other[0] + at[0]) / 2, (other[1] + at[1]) / 2]);
  }

  private up(event: PointerEvent, meant: boolean): void {
    if (!this.pointers.delete(event.pointerId)) return;
    const at = this.spot(event);
    if (this.from && this.dragging === "box") meant ? this.does.draw(this.from, at, true) : this.does.giveUp();
    else if (this.from && !this.dragging && meant) this.does.press(at);
    if (this.pointers.size === 0) [this.from, this.dragging] = [null, null];
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1) * (event.ctrlKey ? 6 : 1); // a pinch of a touchpad comes with Ctrl
    this.does.zoom(Math.exp(-WHEEL * pixels), this.spot(event));
  }
}

function distance(a: Spot, b: Spot): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
