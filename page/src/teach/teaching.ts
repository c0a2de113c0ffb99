/** What somebody who teaches can do, and what is known; the view shows it after each change. */

import { Refused } from "../api";
import { microphoneFault, silentFault } from "../audio/faults";
import { Recorder, type Listener, type Recorded } from "../audio/recorder";
import { soundOf, wavOf } from "../audio/take";
import { inWords } from "../search";
import type { Library, Sound } from "../types";
import type { TeachApi, TeachState } from "./api";
import { skip, skippedOf } from "./skipped";

export type Recording = "off" | "asking" | "on" | "sending";

/** All that is shown. */
export interface Known {
  libraries: readonly Library[];
  lib: string | null;
  state: TeachState | null;
  sound: Sound | null;
  /** Why this sound, or that there is none. */
  why: string;
  /** The take of this sound that was kept last. */
  kept: string | null;
  recording: Recording;
  learning: boolean;
  fault: string | null;
  /** Whether there is a take that the server could not keep, and could be sent again. */
  unsent: boolean;
}

export class Teaching {
  known: Known = { libraries: [], lib: null, state: null, sound: null, why: "", kept: null, recording: "off", learning: false, fault: null, unsent: false };
  private readonly recorder: Recorder;
  private readonly audio = new Audio();
  private replacing: string | null = null;
  private unsent: (() => Promise<void>) | null = null;

  constructor(
    readonly api: TeachApi,
    private readonly changed: () => void,
    heard: Listener["heard"],
  ) {
    this.recorder = new Recorder({
      heard: (...block) => {
        if (this.known.recording !== "on") this.set({ recording: "on" });
        heard(...block);
      },
      finished: (recorded) => void this.finished(recorded),
      failed: (error) => this.set({ recording: "off", fault: microphoneFault(error, Boolean(navigator.mediaDevices)).replace(/ Or drop .*$/, "") }),
    });
    this.audio.addEventListener("error", () => this.audio.getAttribute("src") && this.set({ fault: "This cannot be played: the file may be gone. Take the next sound." }));
    // What was kept or deleted in another tab is seen on coming back.
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void this.refresh());
  }

  private set(change: Partial<Known>): void {
    this.known = { ...this.known, ...change };
    this.changed();
  }

  async begin(): Promise<void> {
    await this.does(async () => {
      const [status, libraries] = await Promise.all([this.api.status(), this.api.libraries()]);
      if (!status.manages) return this.set({ fault: "Other machines can reach this server, so it keeps no voice for a page. If all who know its address may have files written, start it again with menura serve --manage." });
      const lib = libraries.find(({ id }) => id === this.known.lib)?.id ?? libraries[0]?.id ?? null;
      this.set({ libraries, lib, fault: lib === null ? "There is no library yet: add a folder on the first page." : null });
      if (lib !== null) await this.look(lib);
    });
  }

  async choose(lib: string): Promise<void> {
    this.stop();
    this.drop();
    this.set({ lib, sound: null, kept: null, state: null, fault: null });
    await this.does(() => this.look(lib));
  }

  private async look(lib: string): Promise<void> {
    this.set({ state: await this.api.teaching(lib) });
    await this.ask(lib);
  }

  private async refresh(): Promise<void> {
    const { lib, state } = this.known;
    if (lib !== null && state !== null) await this.does(async () => this.set({ state: await this.api.teaching(lib) }));
  }

  private async ask(lib: string): Promise<void> {
    this.replacing = null;
    const { sound, sentence } = await this.api.next(lib, skippedOf(lib));
    this.set({ sound, why: sentence, kept: null });
  }

  // The sound, and takes of it

  play(): void {
    const { lib, sound } = this.known;
    if (lib !== null && sound) this.hear(this.api.audioUrl(lib, sound.id));
  }

  hearTake(name: string): void {
    this.hear(this.api.takeUrl(name));
  }

  private hear(url: string): void {
    if (this.known.recording !== "off") return;
    this.audio.src = url;
    this.audio.play().catch(() => undefined); // the element says so itself
  }

  private stop(): void {
    this.audio.pause();
    this.recorder.cancel();
    this.set({ recording: "off" });
  }

  /** Records a take; what is under way ends. `instead` is a take that it replaces. */
  record(instead: string | null = null): void {
    if (this.known.recording === "on" || this.known.recording === "asking") return this.recorder.stop();
    if (!this.known.sound || this.known.recording !== "off") return;
    this.audio.pause(); // or the microphone would hear it
    this.replacing = instead;
    this.drop();
    this.set({ recording: "asking", fault: null });
    void this.recorder.start();
  }

  cancel(): void {
    this.recorder.cancel();
    this.set({ recording: "off" });
  }

  private async finished({ samples, rateHz, muted, device }: Recorded): Promise<void> {
    const { lib, sound } = this.known;
    this.set({ recording: "off" });
    if (samples.length === 0 || lib === null || !sound) return;
    if (muted) return this.set({ fault: silentFault(device).replace(/ Or drop .*$/, "") });
    await this.send(lib, sound.id, wavOf(soundOf([samples], rateHz), null), this.replacing);
  }

  /** Sends a take. What the server could not keep, as on a full disk, is still here to be sent again. */
  private async send(lib: string, sound: number, wav: Blob, instead: string | null): Promise<void> {
    this.drop();
    this.set({ recording: "sending", fault: null });
    await this.does(async () => {
      try {
        const { name, state } = await this.api.keep(lib, sound, wav, instead);
        this.set({ kept: name, state });
      } catch (error) {
        if (!(error instanceof Refused) || error.status >= 500) this.unsent = () => this.send(lib, sound, wav, instead);
        throw error;
      }
    });
    this.set({ recording: "off", unsent: this.unsent !== null });
  }

  /** Sends the take again that could not be kept. */
  async sendAgain(): Promise<void> {
    await this.unsent?.();
  }

  private drop(): void {
    this.unsent = null;
    this.set({ unsent: false });
  }

  async next(): Promise<void> {
    const { lib } = this.known;
    this.stop();
    this.drop();
    this.set({ fault: null });
    if (lib !== null) await this.does(() => this.ask(lib));
    this.play();
  }

  async skip(): Promise<void> {
    const { lib, sound } = this.known;
    if (lib !== null && sound) skip(lib, sound.id);
    await this.next();
  }

  // All takes

  async remove(name: string): Promise<void> {
    await this.does(() => this.api.removeTake(name));
    if (this.known.kept === name) this.set({ kept: null });
    await this.refresh();
  }

  async removeAll(): Promise<void> {
    await this.does(() => this.api.removeTakes());
    this.set({ kept: null });
    await this.refresh();
  }

  /** Learns, and says what came of it; null where it failed. */
  async learn(): Promise<string | null> {
    const { lib } = this.known;
    if (lib === null) return null;
    let sentence: string | null = null;
    this.set({ learning: true, fault: null });
    await this.does(async () => {
      ({ sentence } = await this.api.learn(lib));
    });
    this.set({ learning: false });
    await this.refresh();
    return sentence;
  }

  async forget(): Promise<void> {
    await this.does(() => this.api.forget());
    await this.refresh();
  }

  /** Does what may fail, and says why where it does. */
  private async does(what: () => Promise<void>): Promise<void> {
    try {
      await what();
    } catch (error) {
      const lost = "The server does not answer. Is menura serve still running? What was kept is on the disk; load this page again once it is back.";
      this.set({ fault: inWords(error) ?? lost });
      if (!(error instanceof Refused)) return;
      if (error.status === 404) await this.refresh();
    }
  }
}
