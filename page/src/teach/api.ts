/** The calls to the server that teaching makes. */

import { Api } from "../api";
import type { components } from "../schema";

type Schemas = components["schemas"];
export type TeachState = Schemas["TeachState"];
export type AskedFor = Schemas["AskedFor"];
export type Kept = Schemas["Kept"];
export type Learned = Schemas["LearnedVoice"];

export class TeachApi extends Api {
  teaching = (lib: string): Promise<TeachState> => this.json(`${of(lib)}/teach`);
  next = (lib: string, skipped: readonly number[]): Promise<AskedFor> => this.json(`${of(lib)}/teach/next?${skipped.map((id) => `skip=${id}`).join("&")}`);
  learn = (lib: string): Promise<Learned> => this.json(`${of(lib)}/learned`, { method: "POST" });
  takeUrl = (name: string): string => this.media(`api/teach/takes/${encodeURIComponent(name)}/audio`);

  keep(lib: string, sound: number, take: Blob, instead: string | null): Promise<Kept> {
    const replaced = instead === null ? "" : `?instead=${encodeURIComponent(instead)}`;
    return this.json(`${of(lib)}/teach/${sound}${replaced}`, { method: "POST", body: take, headers: { "Content-Type": "audio/wav" } });
  }

  async removeTake(name: string): Promise<void> {
    await this.call(`api/teach/takes/${encodeURIComponent(name)}`, { method: "DELETE" });
  }

  async removeTakes(): Promise<void> {
    await this.call("api/teach/takes", { method: "DELETE" });
  }

  async forget(): Promise<void> {
    await this.call("api/teach/learned", { method: "DELETE" });
  }
}

function of(lib: string): string {
  return `api/libraries/${encodeURIComponent(lib)}`;
}
