/** Plays one sound at a time, from any moment, at once: the likeliest next ones wait ready at theirs. */

import type { Output } from "./output";

const KEPT = 10;
const LOOK_MS = 15;

export interface PlayerEvents {
  /** The sound can be heard now. */
  started(key: string): void;
  ended(key: string): void;
  failed(key: string): void;
}

export interface Clip {
  key: string;
  url: string;
  startS: number;
}

/** How a clip is played. */
export interface Manner {
  /** A factor of amplitude; play begins once it is known. */
  gain: number | Promise<number>;
  /** Where it ends before its file does, in seconds; null for where the file does. */
  untilS: number | null;
  /** Where it begins again if it is played over and over. */
  againS: number;
}

export class Player {
  /** Whether what ends begins again. */
  loop = false;
  private readonly ready = new Map<string, HTMLAudioElement>();
  private current: string | null = null;
  private manner: Manner = { gain: 1, untilS: null, againS: 0 };
  private looking = 0;

  /** `home` holds the audio elements. */
  constructor(
    private readonly home: HTMLElement,
    private readonly output: Output,
    private readonly events: PlayerEvents,
  ) {}

  /** Loads sounds, so that `play` has nothing to wait for. The first are the ones that matter. */
  prepare(clips: readonly Clip[]): void {
    for (const clip of clips) this.element(clip);
  }

  play(clip: Clip, manner: Manner): void {
    this.stop();
    performance.mark("menura:play-pressed");
    const element = this.element(clip);
    this.current = clip.key;
    this.manner = manner;
    if (Math.abs(element.currentTime - clip.startS) > 0.005) element.currentTime = clip.startS;
    if (typeof manner.gain === "number") this.begin(clip.key, element, manner.gain);
    else void manner.gain.then((gain) => this.manner === manner && this.current === clip.key && this.begin(clip.key, element, gain));
  }

  /** Changes how loud the sound that plays is. */
  regain(gain: number): void {
    if (this.playing) this.output.through(this.playing, gain);
  }

  /** Moves the sound that plays. */
  seek(seconds: number): void {
    const element = this.playing;
    if (element) element.currentTime = seconds;
  }

  stop(): void {
    const element = this.playing;
    const key = this.current;
    this.current = null;
    window.clearInterval(this.looking);
    if (!element || !key) return;
    element.pause();
    element.currentTime = Number(element.dataset["startS"]);
    this.events.ended(key);
  }

  /** Where the sound that plays is, in seconds. */
  get position(): number | null {
    return this.playing?.currentTime ?? null;
  }

  private get playing(): HTMLAudioElement | undefined {
    return this.current === null ? undefined : this.ready.get(this.current);
  }

  private begin(key: string, element: HTMLAudioElement, gain: number): void {
    this.output.through(element, gain);
    element.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "AbortError") return; // stopped before it began
      if (this.current === key) this.fail(key);
    });
    const { untilS } = this.manner;
    if (untilS === null) return;
    this.looking = window.setInterval(() => {
      if (this.current === key && element.currentTime >= untilS) this.over();
    }, LOOK_MS);
  }

  /** The end has come: again, or no more. */
  private over(): void {
    const element = this.playing;
    if (!this.loop || !element) return this.stop();
    element.currentTime = this.manner.againS;
    void element.play().catch(() => this.stop());
  }

  private element({ key, url, startS }: Clip): HTMLAudioElement {
    const known = this.ready.get(key);
    if (known) {
      // The newest are at the end; the oldest are forgotten first.
      this.ready.delete(key);
      this.ready.set(key, known);
      if (key !== this.current && Number(known.dataset["startS"]) !== startS) aim(known, startS);
      return known;
    }
    const element = new Audio();
    element.preload = "auto";
    element.addEventListener("playing", () => {
      if (this.current !== key) return;
      performance.mark("menura:play-heard");
      this.events.started(key);
    });
    element.addEventListener("ended", () => {
      if (this.current === key) this.over();
    });
    element.addEventListener("error", () => {
      if (this.current === key) this.fail(key);
      else this.forget(key);
    });
    aim(element, startS);
    element.src = url;
    this.home.append(element);
    this.ready.set(key, element);
    this.makeRoom();
    return element;
  }

  private makeRoom(): void {
    for (const key of this.ready.keys()) {
      if (this.ready.size <= KEPT) return;
      if (key !== this.current) this.forget(key);
    }
  }

  private forget(key: string): void {
    const element = this.ready.get(key);
    this.ready.delete(key);
    if (!element) return;
    element.removeAttribute("src");
    element.load(); // gives the connection back
    element.remove();
  }

  private fail(key: string): void {
    this.current = null;
    window.clearInterval(this.looking);
    this.forget(key);
    this.events.ended(key);
    this.events.failed(key);
  }
}

/** Where the element shall begin. Before anything is loaded this sets where loading begins, too. */
function aim(element: HTMLAudioElement, startS: number): void {
  element.dataset["startS"] = String(startS);
  element.currentTime = startS;
}
