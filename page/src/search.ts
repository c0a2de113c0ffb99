/** Keeps the list in step with what is asked for. */

import { Refused, Unreachable, type Api } from "./api";
import { contentOf, heardOf, wavOf, type Take } from "./audio/take";
import type { Store } from "./store";
import { keyOf, type SearchAnswer, type Sound, type TakeAnswer } from "./types";

export const PAGE = 30;
const TYPING_MS = 120;
const NO_QUERY: ReadonlySet<number> = new Set([413, 422]); // a take is too large, no sound, or nothing is heard in it

export class Search {
  private asking: AbortController | null = null;
  private more: AbortController | null = null;
  private timer = 0;
  private reached = 0; // how far into the ranking the list goes

  constructor(
    private readonly store: Store,
    private readonly api: Api,
  ) {}

  /** Asks anew, a little later: for text that is still being typed. */
  soon(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.run(), TYPING_MS);
  }

  /** Asks anew, from the first hit. `select` says whether that becomes the selected one; or the same place "stays". */
  async run(select: boolean | "stay" = false): Promise<void> {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    this.more?.abort();
    this.more = null;
    const asking = (this.asking = new AbortController());
    this.store.set({ searching: true });
    try {
      const answer = await this.ask(0, asking.signal);
      if (asking.signal.aborted) return;
      const { items, total, nearest, missing, ms } = answer;
      this.reached = items.length;
      this.store.set({ items, total, nearest, missing, ms: ms.total, picked: null, searching: false, failure: null, selected: this.selectedOf(items.length, select) });
    } catch (error) {
      if (asking.signal.aborted) return;
      const refused = this.store.state.take?.refused != null; // the recorder says why
      this.store.set({ searching: false, ...(refused ? { items: [], total: 0, nearest: null, missing: null, ms: null, selected: -1, failure: null } : { failure: inWords(error) }) });
    }
  }

  private selectedOf(count: number, select: boolean | "stay"): number {
    if (select === "stay") return Math.min(this.store.state.selected, count - 1);
    return select && count > 0 ? 0 : -1;
  }

  /** Goes on where the list ends. */
  async extend(): Promise<void> {
    const { items, total, searching } = this.store.state;
    if (searching || this.more || this.reached >= total) return;
    const more = (this.more = new AbortController());
    try {
      const answer = await this.ask(this.reached, more.signal);
      if (more.signal.aborted) return;
      this.reached += answer.items.length;
      const known = new Set(items.map(keyOf));
      this.store.set({ items: [...items, ...answer.items.filter((sound) => !known.has(keyOf(sound)))], total: answer.items.length ? answer.total : this.reached });
      if (!answer.items.length) this.reached = Math.max(this.reached, answer.total);
    } catch (error) {
      if (!more.signal.aborted) this.store.set({ failure: inWords(error) });
    } finally {
      if (this.more === more) this.more = null;
    }
  }

  /** Puts one sound on top of the list, wherever it stands in the ranking, and selects it. */
  show(sound: Sound): void {
    const others = this.store.state.items.filter((one) => keyOf(one) !== keyOf(sound));
    this.store.set({ items: [sound, ...others], selected: 0 });
  }

  /** Any sound of those that are looked among, all equally likely; null where there are none. */
  async any(): Promise<Sound | null> {
    const { total } = this.store.state;
    const answer = await this.ask(Math.floor(Math.random() * total), new AbortController().signal, 1);
    return answer.items[0] ?? null;
  }

  /** The take's name on the server, which hears now of all takes that it has not heard of. */
  async takeId(): Promise<string | null> {
    const { take, also } = this.store.state;
    if (!take) return null;
    const [id] = await Promise.all([take, ...also].map((one) => this.idOf(one)));
    return id ?? null;
  }

  private async idOf(take: Take): Promise<string> {
    if (take.id) return take.id;
    if (take.refused !== null) throw new Refused(422, take.refused);
    try {
      const answer = await this.upload(take);
      this.replace(take, { ...take, id: answer.id, heard: heardOf(answer, take.cut) });
      return answer.id;
    } catch (error) {
      if (isNoQuery(error)) this.replace(take, { ...take, refused: error.message });
      throw error;
    }
  }

  /** Sends a take; a file that the server cannot read is sent as the browser has read it. */
  private async upload(take: Take): Promise<TakeAnswer> {
    try {
      return await this.api.upload(contentOf(take));
    } catch (error) {
      if (!isNoQuery(error) || !take.file || !take.sound || take.cut) throw error;
      return await this.api.upload(wavOf(take.sound, null));
    }
  }

  /** Puts a changed take in the place of the old one. */
  replace(old: Take, take: Take): void {
    const { takes, take: current, also } = this.store.state;
    const renewed = (all: readonly Take[]): readonly Take[] => (all.includes(old) ? all.map((one) => (one === old ? take : one)) : all);
    this.store.set({ takes: renewed(takes), also: renewed(also), ...(current === old ? { take } : {}) });
  }

  private async ask(offset: number, signal: AbortSignal, limit = PAGE): Promise<SearchAnswer> {
    const lib = this.store.state.lib;
    if (!lib) return { total: 0, items: [], nearest: null, missing: null, indexing: false, ms: { embed: 0, scan: 0, total: 0 } };
    for (let attempt = 0; ; attempt++) {
      await this.takeId();
      if (signal.aborted) throw new DOMException("asked anew", "AbortError");
      try {
        return await this.api.search(lib, this.store.query, offset, limit, signal);
      } catch (error) {
        // A server that was restarted, or has had 64 takes since, no longer knows these: it gets them again.
        const { take, also } = this.store.state;
        if (!(error instanceof Refused) || error.status !== 404 || !take || attempt > 0) throw error;
        for (const one of [take, ...also]) this.replace(one, { ...one, id: null });
      }
    }
  }

  /** Changes one sound of the list. */
  update(changed: Sound, patch: Partial<Sound>): void {
    const { items, picked } = this.store.state;
    const renewed = (sound: Sound): Sound => (keyOf(sound) === keyOf(changed) ? { ...sound, ...patch } : sound);
    this.store.set({ items: items.map(renewed), picked: picked && renewed(picked) });
  }
}

function isNoQuery(error: unknown): error is Refused {
  return error instanceof Refused && NO_QUERY.has(error.status);
}

/** What went wrong, for the user; null where the page says so elsewhere. */
export function inWords(error: unknown): string | null {
  if (error instanceof Unreachable) return null;
  return error instanceof Error ? error.message : String(error);
}
