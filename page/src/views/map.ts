/** The map: every sound of the library a point, like sounds near each other. Loaded when it is first opened. */

import "../style/map.css";

import type { Controller } from "../controller";
import { byId, h, icon, iconButton } from "../dom";
import { boxBetween, extentOf, fit, nearest, pan, toScreen, towards, zoom, type Box, type Camera, type Direction, type Size } from "../map/geometry";
import { painted } from "../map/colours";
import { Hand, type Spot } from "../map/hand";
import { pointsOf, type Points } from "../map/points";
import { painterOn, type Painter } from "../map/painter";
import { inWords } from "../search";
import type { MapState } from "../types";
import { MapCard } from "./map-card";
import { ColourChoice, legend, rgbOf, toggle } from "./map-parts";
import { MapStateView } from "./map-state";
import type { ResultsView } from "./results";
import { theme } from "./theme";

const REACH_PX = 12;
const STEP = 1.6; // of a zoom by key or button
const NO_POINTS: Points = { places: new Float32Array(0), ids: new Uint32Array(0), categories: new Uint16Array(0), names: [] };

export class MapView {
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly chosen = h("div", { class: "map-ring chosen", hidden: true });
  private readonly ring = h("div", { class: "map-ring", hidden: true });
  private readonly band = h("div", { class: "map-band", hidden: true });
  private readonly label = h("p", { class: "map-label", hidden: true, "aria-live": "polite" });
  private readonly stage = h(
    "div",
    { class: "map-stage", tabindex: "0", role: "application", "aria-label": "Map of the library. Arrows go from sound to sound, Enter chooses one, plus and minus zoom." },
    this.canvas, this.band, this.chosen, this.ring, this.label,
  );
  private readonly names = h("ul", { class: "map-legend", "aria-label": "Colours" });
  private readonly everywhere: HTMLButtonElement;
  private readonly boxes: HTMLButtonElement;
  private readonly state: MapStateView;
  private readonly card: MapCard;
  private painter: Painter | null = null;
  private points = NO_POINTS;
  private at = new Map<number, number>(); // the index of a sound's point
  private size: Size = { width: 1, height: 1 };
  private whole: Camera = { x: 0, y: 0, scale: 1 };
  private camera = this.whole;
  private current = -1;
  private frame = 0;
  private fresh = false; // whether the points are drawn as they are
  private readonly colours = new ColourChoice(() => void this.load(this.at.size > 0, false));

  constructor(
    private readonly controller: Controller,
    private readonly results: ResultsView,
  ) {
    const { store } = controller;
    this.state = new MapStateView(controller, (state) => void this.made(state));
    this.card = new MapCard(controller, this.label);
    this.boxes = toggle("Drag draws a box", "With Shift, or with this off, dragging moves the map", "menura.map.boxes", !matchMedia("(pointer: coarse)").matches);
    this.everywhere = h("button", { type: "button", class: "toggle", hidden: true, on: { click: () => controller.confine(null) } }, icon("close"), "Search everywhere again");
    byId("map").replaceChildren(this.bar(), this.stage, this.state.element, this.card.element);
    this.watchHand();
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => this.begin());
    new ResizeObserver(() => this.resized()).observe(this.stage);
    for (const change of [window.matchMedia("(prefers-color-scheme: dark)"), window]) change.addEventListener(change === window ? "menura:theme" : "change", () => this.paint());
    this.begin();
    store.watch(["items", "take", "refinements"], () => this.light());
    store.watch(["selected", "items", "picked"], () => this.later());
    store.watch(["box"], () => {
      this.everywhere.hidden = store.state.box === null;
      this.later();
    });
    store.watch(["map", "lib", "libraries"], () => void this.state.look());
  }

  /** What draws; anew where the browser has taken it away. */
  private begin(): void {
    try {
      this.painter = painterOn(this.canvas);
      this.paint();
      this.light();
    } catch (error) {
      this.stage.replaceChildren(h("p", { class: "empty" }, error instanceof Error ? error.message : String(error)));
    }
  }

  private bar(): HTMLElement {
    const middle = (): Spot => [this.size.width / 2, this.size.height / 2];
    const view = h("button", { type: "button", class: "plain", title: "Search only among the sounds that the map shows now", on: { click: () => this.confine([0, 0], [this.size.width, this.size.height]) } }, "Only what is in view");
    return h(
      "div",
      { class: "map-bar" },
      this.names,
      h("div", { class: "map-tools" }, this.colours.element, this.everywhere, view, this.boxes, this.card.hears,
        iconButton("minus", "Further", () => this.nearer(1 / STEP, middle()), "−"),
        iconButton("plus", "Nearer", () => this.nearer(STEP, middle()), "+"),
        iconButton("whole", "The whole map", () => this.see(this.whole), "0")),
    );
  }

  private watchHand(): void {
    new Hand(this.stage, {
      hover: ([px, py]) => this.hover(nearest(this.points.places, this.camera, this.size, px, py, REACH_PX)),
      leave: () => this.hover(-1),
      press: ([px, py]) => {
        this.current = nearest(this.points.places, this.camera, this.size, px, py, REACH_PX);
        void this.choose();
      },
      draw: (from, to, done) => {
        this.band.hidden = done;
        const [left, top] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
        Object.assign(this.band.style, { left: `${left}px`, top: `${top}px`, width: `${Math.abs(from[0] - to[0])}px`, height: `${Math.abs(from[1] - to[1])}px` });
        if (done) this.confine(from, to);
      },
      giveUp: () => this.later(),
      move: (dx, dy) => this.see(pan(this.camera, dx, dy)),
      zoom: (factor, at) => this.nearer(factor, at),
      drawsBoxes: (event) => (this.boxes.getAttribute("aria-pressed") === "true") !== event.shiftKey,
    });
  }

  private made(state: MapState | null): Promise<void> {
    if (this.controller.store.state.box) this.controller.confine(null); // it was one of the old map
    this.colours.offer(state?.colours ?? []);
    return this.load(state !== null, true);
  }

  /** Asks for the points; `anew` says whether the whole map is then shown. */
  private async load(there: boolean, anew: boolean): Promise<void> {
    const { lib } = this.controller.store.state;
    try {
      this.points = there && lib ? pointsOf(await this.controller.api.points(lib, this.colours.by)) : NO_POINTS;
    } catch (error) {
      this.points = NO_POINTS;
      this.state.element.replaceChildren(inWords(error) ?? "The server does not answer.");
    }
    this.at = new Map(Array.from(this.points.ids, (id, index) => [id, index]));
    if (anew) this.current = -1;
    this.stage.dataset["points"] = String(this.points.ids.length);
    this.fit(anew);
    this.paint();
    this.light();
  }

  /** Finds out what the whole map is, and shows it: where something else is seen, only if that is no more. */
  private fit(anew: boolean): void {
    const seesAll = anew || this.camera === this.whole;
    this.whole = fit(extentOf(this.points.places), this.size);
    if (seesAll) this.camera = this.whole;
    this.renew();
  }

  private resized(): void {
    const { width, height } = this.stage.getBoundingClientRect();
    if (width === 0) return;
    this.size = { width, height };
    this.fit(false);
  }

  private see(camera: Camera): void {
    this.camera = camera;
    this.renew();
  }

  private nearer(factor: number, [px, py]: Spot): void {
    this.see(zoom(this.camera, this.size, this.whole, factor, px, py));
  }

  private confine(from: Spot, to: Spot): void {
    this.controller.confine(boxBetween(this.camera, this.size, from, to));
  }

  /** Rests on a point, or on none. */
  private hover(index: number): void {
    if (index === this.current) return;
    this.current = index;
    this.card.rest(this.points.ids[index] ?? null);
    this.later();
  }

  private async choose(): Promise<void> {
    const id = this.points.ids[this.current];
    if (id === undefined || !(await this.card.choose(id))) return;
    if (this.controller.store.state.selected >= 0) this.results.reveal();
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle: Spot = [this.size.width / 2, this.size.height / 2];
    if (event.key.startsWith("Arrow")) this.go(event.key as Direction);
    else if (event.key === "Enter" || event.key === " ") void this.choose();
    else if (event.key === "+" || event.key === "=") this.nearer(STEP, middle);
    else if (event.key === "-") this.nearer(1 / STEP, middle);
    else if (event.key === "0") this.see(this.whole);
    else if (event.key === "Escape" && this.controller.store.state.box) this.controller.confine(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private go(direction: Direction): void {
    const { places } = this.points;
    const here = this.current >= 0 ? this.current : nearest(places, this.camera, this.size, this.size.width / 2, this.size.height / 2, Infinity);
    if (here < 0) return;
    const next = this.current < 0 ? here : towards(places, [places[2 * here] as number, places[2 * here + 1] as number], direction);
    if (next < 0) return;
    const [px, py] = this.spotOf(next);
    if (px < 0 || py < 0 || px > this.size.width || py > this.size.height) this.see({ ...this.camera, x: places[2 * next] as number, y: places[2 * next + 1] as number });
    this.hover(next);
  }

  private spotOf(index: number): [number, number] {
    const { places } = this.points;
    return toScreen(this.camera, this.size, places[2 * index] as number, places[2 * index + 1] as number);
  }

  private paint(): void {
    const { places, colours } = painted(this.points, theme());
    this.painter?.setPoints(places, colours);
    legend(this.names, this.points, theme());
    this.renew();
  }

  /** Lights up what was found; the best on top. */
  private light(): void {
    const { items, take, refinements } = this.controller.store.state;
    const found = take || refinements.length > 0 ? items.map(({ id }) => this.at.get(id) ?? -1).filter((index) => index >= 0) : [];
    const { places } = this.points;
    this.painter?.light(Float32Array.from(found.reverse().flatMap((index) => [places[2 * index] as number, places[2 * index + 1] as number])));
    this.stage.dataset["lit"] = String(found.length);
    this.renew();
  }

  /** Draws the points again. */
  private renew(): void {
    this.fresh = false;
    this.later();
  }

  private later(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    if (!this.fresh) this.drawPoints();
    this.put(this.chosen, this.at.get(this.controller.store.sound?.id ?? -1) ?? -1);
    this.put(this.ring, this.current);
    this.putLabel();
    this.putBox(this.controller.store.state.box);
  }

  private drawPoints(): void {
    const { camera, size, points } = this;
    const room = Math.sqrt((size.width * size.height) / Math.max(1, points.ids.length));
    const dot = Math.min(9, Math.max(2, 0.22 * room)) * Math.min(3, Math.max(1, (camera.scale / this.whole.scale) ** 0.3));
    this.painter?.draw({ camera, size, dot, lit: rgbOf(this.stage, "--map-lit"), ground: rgbOf(this.stage, "--map-ground") });
    this.fresh = true;
  }

  private put(ring: HTMLElement, index: number): void {
    ring.hidden = index < 0;
    if (index < 0) return;
    const [px, py] = this.spotOf(index);
    ring.style.transform = `translate(${px}px, ${py}px)`;
  }

  /** Beside its point, on the side where there is room. */
  private putLabel(): void {
    if (this.current < 0) return;
    const [px, py] = this.spotOf(this.current);
    this.label.style.transform = `translate(${px > this.size.width / 2 ? "-100%" : "0"}, ${py > 44 ? "-100%" : "0"})`;
    [this.label.style.left, this.label.style.top] = [`${px + (px > this.size.width / 2 ? -10 : 10)}px`, `${py + (py > 44 ? -10 : 10)}px`];
  }

  private putBox(box: Box | null): void {
    this.band.hidden = box === null;
    if (!box) return;
    const [left, top] = toScreen(this.camera, this.size, box[0], box[3]);
    Object.assign(this.band.style, { left: `${left}px`, top: `${top}px`, width: `${(box[2] - box[0]) * this.camera.scale}px`, height: `${(box[3] - box[1]) * this.camera.scale}px` });
  }
}
