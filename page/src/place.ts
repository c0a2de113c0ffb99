/** Where one is, in the address: library, filters, words and the selected sound survive a reload and can be bookmarked. */

import { ANY_LENGTH, type Length } from "./length";
import type { State, Store } from "./store";
import { ALL } from "./types";

type Kept = Pick<State, "lib" | "among" | "text" | "folder" | "favourites" | "collection" | "kinds" | "length" | "pitch" | "tempo">;
export interface SoundOfPlace {
  library: string;
  id: number;
  path: string;
}

export class Place {
  /** The sound that the address names; null once it has been looked for. */
  private wanted: SoundOfPlace | null = null;

  constructor(
    private readonly store: Store,
    private readonly moved: () => void,
  ) {
    this.read();
    store.watch(["lib", "among", "libraries", "text", "folder", "favourites", "collection", "kinds", "length", "pitch", "tempo", "selected", "items"], () => this.write());
    window.addEventListener("hashchange", () => {
      if (new URLSearchParams(location.hash.slice(1)).has("token")) return; // that is another's
      this.read();
      this.moved();
    });
  }

  /** The sound that the address names, told once. */
  takeWanted(): SoundOfPlace | null {
    const { wanted } = this;
    this.wanted = null;
    return wanted;
  }

  private read(): void {
    const { kept, sound } = placeOf(location.hash.slice(1));
    this.wanted = sound;
    this.store.set(kept);
  }

  private write(): void {
    const { state, sound } = this.store;
    if (state.libraries.length === 0 || this.wanted) return;
    const lib = state.lib === state.libraries[0]?.id ? null : state.lib;
    const hash = addressOf({ ...state, lib }, sound);
    if (hash !== location.hash) history.replaceState(null, "", location.pathname + location.search + hash);
  }
}

/** What a fragment says; what it leaves out is as it is at the start. */
export function placeOf(fragment: string): { kept: Kept; sound: SoundOfPlace | null } {
  const said = new URLSearchParams(fragment);
  const collection = Number(said.get("collection"));
  const libraries = said.get("lib")?.split(",") ?? [];
  const found = /^([0-9a-f]+)\/(\d+)\/(.+)$/s.exec(said.get("sound") ?? "");
  return {
    kept: {
      lib: libraries.length > 1 ? ALL : (libraries[0] ?? null),
      among: libraries.length > 1 ? libraries : [],
      text: said.get("text") ?? "",
      folder: said.get("folder") ?? "",
      favourites: said.has("favourites"),
      collection: Number.isSafeInteger(collection) && collection > 0 ? collection : null,
      kinds: said.getAll("kind"),
      length: lengthOf(said),
      pitch: said.get("pitch") ?? "",
      tempo: said.get("tempo") ?? "",
    },
    sound: found ? { library: found[1]!, id: Number(found[2]), path: found[3]! } : null,
  };
}

/** The length that a fragment says; one like the take's is none without the take, which is not kept. */
function lengthOf(said: URLSearchParams): Length {
  for (const kind of ["shorter", "longer"] as const) {
    const seconds = Number(said.get(kind));
    if (Number.isFinite(seconds) && seconds > 0) return { kind, seconds };
  }
  return ANY_LENGTH;
}

/** The fragment that says this, with its #; nothing for how it is at the start. */
export function addressOf({ lib, among, text, folder, favourites, collection, kinds, length, pitch, tempo }: Kept, sound: SoundOfPlace | null): string {
  const said = new URLSearchParams();
  if (lib) said.set("lib", lib === ALL && among.length > 1 ? among.join(",") : lib);
  if (text) said.set("text", text);
  if (folder) said.set("folder", folder);
  if (favourites) said.set("favourites", "");
  if (collection !== null) said.set("collection", String(collection));
  for (const kind of kinds) said.append("kind", kind);
  if (length.kind === "shorter" || length.kind === "longer") said.set(length.kind, String(length.seconds));
  if (pitch) said.set("pitch", pitch);
  if (tempo) said.set("tempo", tempo);
  if (sound) said.set("sound", `${sound.library}/${sound.id}/${sound.path}`);
  return said.size > 0 ? `#${said}` : "";
}
