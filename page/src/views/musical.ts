/** Which pitch and which tempo sounds may have: a note or a range of them, and beats a minute. */

import type { Controller } from "../controller";
import { byId, h } from "../dom";
import type { Sound } from "../types";

const FIELDS = [
  { what: "pitch", label: "Pitch", example: "F#3", title: "Only sounds that surely have this pitch: F#3, C3-B3, 200-400 Hz" },
  { what: "tempo", label: "Tempo", example: "120", title: "Only loops that surely have this tempo, or half or double it, in beats a minute: 120, 118-124" },
] as const;

export class MusicalView {
  constructor(controller: Controller) {
    const { store } = controller;
    const fields = h("span", { class: "musical-fields" });
    byId("filters").querySelector(".fields > .toggle")?.before(fields);
    for (const { what, label, example, title } of FIELDS) {
      const change = (): void => {
        const text = field.value.trim();
        if (text !== store.state[what]) controller.filter({ [what]: text });
      };
      const keydown = (event: KeyboardEvent): void => void (event.key === "Enter" && change()); // which need not leave the field
      const field = h("input", { type: "text", class: "musical", maxlength: 40, placeholder: `${label}: ${example}`, "aria-label": label, title, autocomplete: "off", spellcheck: "false", on: { change, keydown } });
      fields.append(field);
      store.watch([what], () => (field.value = store.state[what]));
      store.watch(["status", what], () => { // a field that holds something is seen: it can be emptied
        const { status } = store.state;
        const advice = status?.music_advice ?? null;
        field.hidden = status !== null && store.state[what] === "" && (!status.music || (what === "pitch" && advice !== null));
        field.title = advice === null ? title : `${title}; ${advice}`;
      });
    }
  }
}

type Music = Pick<Sound, "note" | "pitch_hz" | "tempo_bpm">;

/** What is sure of a sound's pitch and tempo, for its row. */
export function musicOf({ note, pitch_hz, tempo_bpm }: Music): HTMLElement | null {
  if (note === null && tempo_bpm === null) return null;
  const pitch = note === null ? [] : [h("i", { title: `Its pitch: ${pitch_hz?.toFixed(1)} Hz` }, note)];
  const tempo = tempo_bpm === null ? [] : [h("i", { title: "Its tempo; half or double may be meant" }, bpm(tempo_bpm))];
  return h("span", { class: "row-music" }, ...pitch, ...tempo);
}

/** The same in words; nothing where nothing is sure. */
export function musicInWords({ note, tempo_bpm }: Music): string {
  return [note === null ? "" : `pitch ${note}`, tempo_bpm === null ? "" : bpm(tempo_bpm)].filter(Boolean).join(", ");
}

function bpm(tempo: number): string {
  return `${Math.round(tempo)} bpm`;
}
