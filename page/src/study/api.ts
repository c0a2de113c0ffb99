/** What the page of a study asks its server. */

import { accept, Unreachable } from "../api";
import type { components } from "../schema";

type Schemas = components["schemas"];
export type About = Schemas["StudyAbout"];
export type Question = Schemas["StudyQuestion"];
export type StudyState = Schemas["StudyState"];
export type Reason = Schemas["StudySkipped"]["reason"];
export type Ratings = readonly (number | null)[];

const KEY = "menura.study";

export class StudyApi {
  /** The key of the session, which this browser keeps for all its tabs. */
  key: string | null = localStorage.getItem(KEY);

  constructor(private readonly token: { readonly value: string | null }) {}

  about = (): Promise<About> => this.json("api/study");
  state = (): Promise<StudyState> => this.json("api/study/session");
  answer = (answers: Record<string, string>): Promise<StudyState> => this.sent("session/answers", { answers });
  rested = (): Promise<StudyState> => this.json("api/study/session/rested", { method: "POST" });
  search = (turn: number): Promise<StudyState> => this.json(`api/study/turns/${turn}/search`, { method: "POST" });
  skip = (turn: number, reason: Reason): Promise<StudyState> => this.sent(`turns/${turn}/skip`, { reason });
  rate = (turn: number, ratings: Ratings, chosen: number, seconds: number): Promise<StudyState> => this.sent(`turns/${turn}/ratings`, { ratings, chosen, seconds });
  take = (turn: number, wav: Blob): Promise<StudyState> => this.json(`api/study/turns/${turn}/take`, { method: "POST", body: wav, headers: { "Content-Type": "audio/wav" } });

  async begin(version: string): Promise<StudyState> {
    const { key, state } = await this.sent<Schemas["StudyBegun"]>("sessions", { consent_version: version });
    this.key = key;
    localStorage.setItem(KEY, key);
    return state;
  }

  async withdraw(): Promise<void> {
    await this.call("api/study/session", { method: "DELETE" });
    this.forget();
  }

  /** Lets go of the session: whoever comes next on this browser begins anew. */
  forget(): void {
    this.key = null;
    localStorage.removeItem(KEY);
  }

  /** Another tab may have begun, or ended, a session. */
  lookAgain(): void {
    this.key = localStorage.getItem(KEY);
  }

  soundUrl = (turn: number): string => this.media(`turns/${turn}/sound`);
  takeUrl = (turn: number, number: number): string => this.media(`turns/${turn}/take`, { number: String(number) });
  resultUrl = (turn: number, place: number): string => this.media(`turns/${turn}/results/${place}`);

  /** Audio elements cannot send headers. */
  private media(path: string, more: Record<string, string> = {}): string {
    const params = new URLSearchParams({ ...(this.token.value ? { token: this.token.value } : {}), session: this.key ?? "", ...more });
    return `api/study/${path}?${params}`;
  }

  private sent<T>(path: string, body: object): Promise<T> {
    return this.json(`api/study/${path}`, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await (await this.call(path, init)).json()) as T;
  }

  private async call(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("X-Menura", "1");
    if (this.token.value) headers.set("Authorization", `Bearer ${this.token.value}`);
    if (this.key) headers.set("X-Menura-Session", this.key);
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers, cache: "no-store" });
    } catch {
      throw new Unreachable();
    }
    return accept(response);
  }
}
