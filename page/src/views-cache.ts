/** What cards draw, asked for a few at a time and kept. */

import { Refused, type Api } from "./api";
import type { View } from "./types";

const AT_ONCE = 3;
const KEPT = 600;

interface Waiting {
  key: string;
  ask: () => Promise<View>;
  done: (view: View | null) => void;
}

export class ViewCache {
  private readonly refusals = new Map<string, string>();
  private readonly views = new Map<string, View>();
  private readonly waiting: Waiting[] = [];
  private running = 0;

  constructor(private readonly api: Api) {}

  known(lib: string, sound: number, startS: number): View | null {
    return this.views.get(`${lib}/${sound}/${startS}`) ?? null;
  }

  /** Why the server gave no view, in words, if it said so. */
  refusal(lib: string, sound: number, startS: number): string | null {
    return this.refusals.get(`${lib}/${sound}/${startS}`) ?? null;
  }

  /** The view, or null if the server has none to give or `signal` says that nobody needs it any more. */
  get(lib: string, sound: number, startS: number, signal: AbortSignal): Promise<View | null> {
    const key = `${lib}/${sound}/${startS}`;
    const known = this.views.get(key);
    if (known) return Promise.resolve(known);
    return new Promise((done) => {
      this.waiting.push({ key, done, ask: () => (signal.aborted ? Promise.reject(new Error("left")) : this.api.view(lib, sound, startS, signal)) });
      this.next();
    });
  }

  forget(): void {
    this.views.clear();
  }

  private next(): void {
    while (this.running < AT_ONCE) {
      const one = this.waiting.shift();
      if (!one) return;
      this.running++;
      one
        .ask()
        .then((view) => this.keep(one.key, view))
        .catch((error: unknown) => {
          if (error instanceof Refused) this.refusals.set(one.key, error.message);
          return null;
        })
        .then((view) => {
          this.running--;
          one.done(view);
          this.next();
        });
    }
  }

  private keep(key: string, view: View): View {
    this.views.set(key, view);
    const oldest = this.views.keys().next().value;
    if (this.views.size > KEPT && oldest !== undefined) this.views.delete(oldest);
    return view;
  }
}
