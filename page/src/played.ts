/** What was played last, for as long as the tab is open: it is kept nowhere else. */

import { keyOf, type Sound } from "./types";

const KEY = "menura.played";
const MOST = 40;

export type PlayedSound = Pick<Sound, "library" | "id" | "path" | "name">;

export class Played {
  private sounds: PlayedSound[] = stored();

  /** The latest first. */
  get all(): readonly PlayedSound[] {
    return this.sounds;
  }

  add({ library, id, path, name }: Sound): void {
    const now = { library, id, path, name };
    this.sounds = [now, ...this.sounds.filter((one) => keyOf(one) !== keyOf(now))].slice(0, MOST);
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.sounds));
    } catch {
      // a browser that keeps nothing: they are known until the page is loaded again
    }
  }
}

function stored(): PlayedSound[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as PlayedSound[];
  } catch {
    return [];
  }
}
