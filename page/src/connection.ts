/** Whether the server is there, and what its libraries are doing. */

import { Unreachable, type Api } from "./api";
import type { Search } from "./search";
import type { Store } from "./store";
import { ALL } from "./types";

const ASK_AGAIN_MS = 1000;
const LIST_EVERY_MS = 3000;

export class Connection {
  private polling = 0;
  private listed = 0;
  private indexed: readonly string[] = []; // the libraries that were being indexed when last looked

  constructor(
    private readonly store: Store,
    private readonly api: Api,
    private readonly search: Search,
  ) {}

  /** The first look; goes on by itself until the server answers. */
  async begin(): Promise<void> {
    try {
      this.store.set({ status: await this.api.status() });
      await this.look();
      this.store.set({ reachable: true });
      await this.search.run(this.store.state.take !== null);
    } catch (error) {
      if (error instanceof Unreachable) this.lost();
      else this.store.set({ reachable: true, failure: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Nobody answered: says so, and asks until somebody does. Then the last search is asked again. */
  lost(): void {
    if (this.store.state.reachable) this.store.set({ reachable: false });
    window.clearTimeout(this.polling);
    this.polling = window.setTimeout(() => void this.begin(), ASK_AGAIN_MS);
  }

  /** Asks for the state of the libraries, and again while one is being indexed. */
  async look(): Promise<void> {
    window.clearTimeout(this.polling);
    const libraries = await this.api.libraries();
    const { lib, among } = this.store.state;
    const known = libraries.some(({ id }) => id === lib) || (lib === ALL && libraries.length > 1);
    const left = among.filter((id) => libraries.some((one) => one.id === id));
    this.store.set({ libraries, lib: known ? lib : (libraries[0]?.id ?? null), among: left.length < among.length ? left : among });
    if (libraries.some(({ state }) => state === "indexing")) {
      this.polling = window.setTimeout(() => this.again(), ASK_AGAIN_MS);
    }
    this.follow(libraries.filter(({ state }) => state === "indexing").map(({ id }) => id));
  }

  private again(): void {
    this.look().catch((error: unknown) => {
      if (error instanceof Unreachable) this.lost();
    });
  }

  /** New sounds come into the list: when indexing ends, and meanwhile while the list has hardly begun. */
  private follow(now: readonly string[]): void {
    const searched = (id: string): boolean => this.store.searched.some((one) => one.id === id);
    const indexing = now.some(searched);
    const ended = this.indexed.some((id) => searched(id) && !now.includes(id));
    this.indexed = now;
    const { items, selected, searching } = this.store.state;
    const short = indexing && items.length < 30 && selected < 0 && Date.now() - this.listed > LIST_EVERY_MS;
    if (searching || !(short || (ended && selected < 1))) return;
    this.listed = Date.now();
    void this.search.run(selected === 0);
  }
}
