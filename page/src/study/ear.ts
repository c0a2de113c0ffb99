/** What is heard in a study: one thing at a time, from where it matters to where that ends. */

import { Output } from "../audio/output";
import { Player } from "../audio/player";
import { byId } from "../dom";
import type { StudyApi } from "./api";

export interface Watcher {
  /** The sound to imitate is heard. */
  began(): void;
  /** Something cannot be played: why, and the place of the result that it is, if it is one. */
  failed(words: string, place: number | null): void;
}

const GONE = "The file may be gone, or the server does not answer. Press play again, or go on without it.";

export class Ear {
  private readonly player: Player;
  private watcher: Watcher | null = null;
  private turn = 0;
  private takes = 0;

  constructor(private readonly api: StudyApi) {
    this.player = new Player(byId("audio"), new Output(1), {
      started: (key) => {
        if (key.startsWith("sound")) this.watcher?.began();
      },
      ended: () => undefined,
      failed: (key) => this.watcher?.failed(GONE, key.startsWith("result") ? Number(key.split(" ")[2]) : null),
    });
  }

  /** What is heard from now on is of this sound. */
  come(turn: number): void {
    this.player.stop();
    this.turn = turn;
    this.watcher = null;
  }

  watch(watcher: Watcher): void {
    this.watcher = watcher;
  }

  /** There is another take to hear. */
  another(): void {
    this.takes += 1;
  }

  sound(): void {
    this.play(`sound ${this.turn}`, this.api.soundUrl(this.turn));
  }

  take(): void {
    this.play(`take ${this.turn} ${this.takes}`, this.api.takeUrl(this.turn, this.takes));
  }

  result(place: number, startS: number, endS: number): void {
    this.play(`result ${this.turn} ${place}`, this.api.resultUrl(this.turn, place), startS, endS);
  }

  stop(): void {
    this.player.stop();
  }

  private play(key: string, url: string, startS = 0, untilS: number | null = null): void {
    this.player.play({ key, url, startS }, { gain: 1, untilS, againS: startS });
  }
}
