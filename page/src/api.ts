/** The calls to the server. */

import { ALL, type Collection, type ColourBy, type Compared, type Explanation, type Exported, type FolderCount, type KindCount, type KnownFolder, type Library, type MapState, type Query, type SearchAnswer, type Skipped, type Sound, type SoundDetails, type Status, type TakeAnswer, type View } from "./types";

const RETRY_AFTER_S = 1;
const JSON_BODY = { "Content-Type": "application/json" };

/** The server answered, and the answer is no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Nobody answered. */
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.");
  }
}

export class Api {
  constructor(
    private readonly token: { readonly value: string | null },
    private readonly onUnreachable: () => void,
  ) {}

  status = (): Promise<Status> => this.json("api/status");
  libraries = (): Promise<Library[]> => this.json("api/libraries");
  known = (): Promise<KnownFolder[]> => this.json("api/known");
  add = (folder: string): Promise<Library> => this.sent("POST", "api/libraries", { folder });
  collections = (): Promise<Collection[]> => this.json("api/collections");
  makeCollection = (name: string): Promise<Collection> => this.sent("POST", "api/collections", { name });
  changeCollection = (id: number, name: string, notes: string): Promise<Collection> => this.sent("PUT", `api/collections/${id}`, { name, notes });
  collect = (id: number, add: readonly Sound[], remove: readonly Sound[]): Promise<Collection> => this.sent("POST", `api/collections/${id}/sounds`, { add: add.map(keyed), remove: remove.map(keyed) });
  exportCollection = (id: number, folder: string, links: boolean): Promise<Exported> => this.sent("POST", `api/collections/${id}/export`, { folder, links });
  folders = (lib: string): Promise<FolderCount[]> => this.json(`${of(lib)}/folders`);
  kinds = (lib: string, query: Query): Promise<KindCount[]> => this.json(`${lib === ALL ? "api" : of(lib)}/kinds?${kindsParams(query, lib === ALL)}`);
  skipped = (lib: string, offset: number, limit: number): Promise<Skipped> =>
    this.json(`${of(lib)}/skipped?offset=${offset}&limit=${limit}`);
  details = (lib: string, sound: number): Promise<SoundDetails> => this.json(`${of(lib)}/sounds/${sound}`);
  view = (lib: string, sound: number, startS: number, signal?: AbortSignal): Promise<View> =>
    this.json(`${of(lib)}/sounds/${sound}/view?start_s=${startS}`, signal ? { signal } : {});
  explain = (lib: string, take: string, sound: number, startS: number, signal: AbortSignal): Promise<Explanation> =>
    this.json(`${of(lib)}/explain?take=${encodeURIComponent(take)}&sound=${sound}&start_s=${startS}`, { signal });

  compared = (lib: string, take: string, sound: number, startS: number, signal: AbortSignal): Promise<Compared> =>
    this.json(`${of(lib)}/explain/pictures?take=${encodeURIComponent(take)}&sound=${sound}&start_s=${startS}`, { signal });

  search(lib: string, query: Query, offset: number, limit: number, signal: AbortSignal): Promise<SearchAnswer> {
    return this.json(`${lib === ALL ? "api" : of(lib)}/search?${searchParams(query, offset, limit, lib === ALL)}`, { signal });
  }

  upload(sound: Blob): Promise<TakeAnswer> {
    return this.json("api/takes", { method: "POST", body: sound, headers: { "Content-Type": sound.type || "application/octet-stream" } });
  }

  /** What a simulated person makes of a sound. */
  async imitation(lib: string, sound: number, startS: number, seed: number): Promise<Blob> {
    return (await this.call(`${of(lib)}/sounds/${sound}/imitation?start_s=${startS}&seed=${seed}`, {})).blob();
  }

  async index(lib: string): Promise<void> {
    await this.call(`${of(lib)}/index`, { method: "POST" });
  }

  async remove(lib: string, withIndex: boolean): Promise<void> {
    await this.call(`${of(lib)}${withIndex ? "?index=true" : ""}`, { method: "DELETE" });
  }

  async deleteCollection(id: number): Promise<void> {
    await this.call(`api/collections/${id}`, { method: "DELETE" });
  }

  async favour(lib: string, sound: number, favourite: boolean): Promise<void> {
    await this.call(`${of(lib)}/favourites/${sound}`, { method: favourite ? "PUT" : "DELETE" });
  }

  map = (lib: string): Promise<MapState> => this.json(`${of(lib)}/map`);
  points = async (lib: string, by: ColourBy): Promise<ArrayBuffer> => (await this.call(`${of(lib)}/map/points?by=${by}`, {})).arrayBuffer();

  async makeMap(lib: string): Promise<void> {
    await this.call(`${of(lib)}/map`, { method: "POST" });
  }

  async stopMap(lib: string): Promise<void> {
    await this.call(`${of(lib)}/map/making`, { method: "DELETE" });
  }

  audioUrl = (lib: string, sound: number): string => this.media(`${of(lib)}/sounds/${sound}/audio`);
  fileUrl = (lib: string, sound: number): string => this.media(`${of(lib)}/sounds/${sound}/file`);

  /** Audio elements and downloads cannot send headers. */
  protected media(path: string): string {
    const token = this.token.value;
    return token ? `${path}?token=${encodeURIComponent(token)}` : path;
  }

  private sent<T>(method: string, path: string, body: object): Promise<T> {
    return this.json(path, { method, body: JSON.stringify(body), headers: JSON_BODY });
  }

  protected async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await (await this.call(path, init)).json()) as T;
  }

  protected async call(path: string, init: RequestInit): Promise<Response> {
    const first = await this.once(path, init);
    if (first.status !== 503 && first.status !== 429) return accept(first);
    await new Promise((done) => setTimeout(done, 1000 * retryAfterS(first)));
    return accept(await this.once(path, init));
  }

  private async once(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("X-Menura", "1");
    const token = this.token.value;
    if (token) headers.set("Authorization", `Bearer ${token}`);
    try {
      return await fetch(path, { ...init, headers, cache: "no-store" });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      this.onUnreachable();
      throw new Unreachable();
    }
  }
}

/** The query as the search call spells it, where it searches several libraries too; what is not asked for is left out. */
export function searchParams(query: Query, offset: number, limit: number, several = false): URLSearchParams {
  const params = new URLSearchParams();
  for (const take of query.takes) params.append("take", take);
  for (const [name, value] of filterParams(query)) params.set(name, value);
  if (query.longer) params.set("longer", String(query.longer));
  if (query.shorter) params.set("shorter", String(query.shorter));
  if (query.pitch) params.set("pitch", query.pitch);
  if (query.tempo) params.set("tempo", query.tempo);
  if (several) for (const id of query.among) params.append("lib", id);
  if (!several) for (const edge of query.box ?? []) params.append("box", String(edge));
  for (const kind of query.kinds) params.append("kind", kind);
  for (const { kind, library, id } of query.refinements) params.append(kind, several ? `${library}/${id}` : String(id));
  params.set("offset", String(offset));
  params.set("limit", String(limit));
  return params;
}

function kindsParams(query: Query, several: boolean): URLSearchParams {
  const params = filterParams(query);
  if (several) for (const id of query.among) params.append("lib", id);
  return params;
}

/** What narrows a library before its kinds do. */
function filterParams(query: Query): URLSearchParams {
  const params = new URLSearchParams();
  if (query.text.trim()) params.set("text", query.text.trim());
  if (query.folder) params.set("folder", query.folder);
  if (query.favourites) params.set("favourites", "true");
  if (query.collection !== null) params.set("collection", String(query.collection));
  return params;
}

function keyed({ library, id }: Sound): { library: string; id: number } {
  return { library, id };
}

function of(lib: string): string {
  return `api/libraries/${encodeURIComponent(lib)}`;
}

function retryAfterS(response: Response): number {
  const seconds = Number(response.headers.get("Retry-After"));
  return seconds > 0 ? Math.min(seconds, 10) : RETRY_AFTER_S;
}

/** The response; a refusal is thrown, in the server's words. */
export async function accept(response: Response): Promise<Response> {
  if (response.ok) return response;
  let words = `The server refused (${response.status}).`;
  try {
    const body = (await response.json()) as { error?: unknown };
    if (typeof body.error === "string") words = body.error;
  } catch {
    // not JSON: the status has to do
  }
  if (response.status === 401) words = "This address lacks the token of menura serve as it runs now: open the whole address that it printed.";
  throw new Refused(response.status, words);
}
