/** Takes that survive a reload, where the user asks for it: in this browser's own storage, and nowhere else. */

import { soundOf, takeOf, type Span, type Take } from "./audio/take";
import type { Store } from "./store";

const ASKED = "menura.takes"; // whether they are kept
const DATABASE = "menura";
const TAKES = "takes";
const MOST = 24;

/** A take as it is stored: its samples as they are, so that it is heard the same again. */
interface KeptTake {
  id: string; // two tabs may each have a take 1
  madeMs: number;
  name: string;
  channels: readonly Float32Array<ArrayBuffer>[];
  rateHz: number;
  file: Blob | null;
  cut: Span | null;
  /** Whether it was searched for: as the first of several, or as another. */
  asked: "first" | "also" | null;
}

/** Whether takes are kept in this browser. */
export function keepsTakes(): boolean {
  try {
    return localStorage.getItem(ASKED) === "true";
  } catch {
    return false;
  }
}

export class KeptTakes {
  private readonly ids = new Map<number, { id: string; madeMs: number }>(); // by the key of a take
  private written = new Map<string, string>(); // what was last written of each
  private work = Promise.resolve(); // one thing after another

  /** `failed` is told where the browser keeps nothing. */
  constructor(
    private readonly store: Store,
    private readonly failed: () => void,
  ) {}

  /** Brings the kept takes back; how many there are. Keeps what comes from now on, as far as that is wanted. */
  async begin(): Promise<number> {
    const restored = this.store.state.keepsTakes ? await this.restore().catch(() => 0) : 0;
    this.store.watch(["takes", "take", "also", "keepsTakes"], () => this.later());
    window.addEventListener("storage", ({ key }) => {
      if (key === ASKED) this.store.set({ keepsTakes: keepsTakes() }); // another tab was asked to, or not to
    });
    return restored;
  }

  private async restore(): Promise<number> {
    const database = await opened();
    const all = await settled<KeptTake[]>(database.transaction(TAKES).objectStore(TAKES).getAll());
    database.close();
    const kept = all.sort((a, b) => a.madeMs - b.madeMs).slice(-MOST);
    const takes = kept.map(({ id, madeMs, name, channels, rateHz, file, cut }, index): Take => {
      this.ids.set(index + 1, { id, madeMs });
      return { ...takeOf(index + 1, name, channels.length > 0 ? soundOf(channels, rateHz) : null, file), cut };
    });
    takes.forEach((take, index) => this.written.set(kept[index]!.id, stateOf(take, kept[index]!.asked)));
    const asked = (how: KeptTake["asked"]): Take[] => takes.filter((_, index) => kept[index]!.asked === how);
    const take = asked("first").at(-1) ?? null;
    this.store.set({ takes: [...takes].reverse(), take, also: take ? asked("also") : [] });
    return takes.length;
  }

  private later(): void {
    this.work = this.work.then(() => (this.store.state.keepsTakes ? this.write() : this.forget())).catch(() => this.failed());
  }

  /** Writes what is new or another than before, and forgets what has gone from the list. */
  private async write(): Promise<void> {
    const { takes, take, also } = this.store.state;
    localStorage.setItem(ASKED, "true");
    const now = new Map(takes.map((one) => [this.idOf(one).id, one]));
    const how = (one: Take): KeptTake["asked"] => (one.key === take?.key ? "first" : also.some(({ key }) => key === one.key) ? "also" : null);
    const changed = [...now].filter(([id, one]) => this.written.get(id) !== stateOf(one, how(one)));
    const gone = [...this.written.keys()].filter((id) => !now.has(id));
    if (changed.length + gone.length === 0) return;
    const database = await opened();
    const writing = database.transaction(TAKES, "readwrite");
    for (const id of gone) writing.objectStore(TAKES).delete(id);
    for (const [, one] of changed) writing.objectStore(TAKES).put(this.recordOf(one, how(one)));
    await finished(writing);
    database.close();
    this.written = new Map([...now].map(([id, one]) => [id, stateOf(one, how(one))]));
  }

  /** Nothing stays in the browser: not one take, and not the choice. */
  private async forget(): Promise<void> {
    if (!keepsTakes()) return;
    localStorage.removeItem(ASKED);
    this.written.clear();
    await settled(indexedDB.deleteDatabase(DATABASE));
  }

  private idOf({ key }: Take): { id: string; madeMs: number } {
    const known = this.ids.get(key) ?? { id: `${Date.now()}-${Math.random().toString(36).slice(2)}`, madeMs: Date.now() };
    this.ids.set(key, known);
    return known;
  }

  private recordOf(take: Take, asked: KeptTake["asked"]): KeptTake {
    const { name, sound, file, cut } = take;
    return { ...this.idOf(take), name, channels: sound?.channels ?? [], rateHz: sound?.rateHz ?? 0, file, cut, asked };
  }
}

function stateOf({ cut }: Take, asked: KeptTake["asked"]): string {
  return `${cut?.join() ?? ""} ${asked ?? ""}`;
}

function opened(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TAKES, { keyPath: "id" });
  return settled(opening);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done();
    transaction.onerror = transaction.onabort = () => fail(transaction.error);
  });
}
