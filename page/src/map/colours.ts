/** Colours of categories: hues that lie as far apart as they can, of one lightness, so that none stands out. */

import { srgb, type Theme } from "../draw/colours";
import type { Points } from "./points";

/** How many categories have a colour of their own. */
export const COLOURED = 10;
/** The category of a sound that has none. */
export const NONE = 65535;

const HUES = [55, 255, 145, 330, 95, 285, 195, 15, 225, 120];
const TONES: Record<Theme, { lightness: number; chroma: number; rest: number; none: number }> = {
  light: { lightness: 0.58, chroma: 0.15, rest: 0.62, none: 0.8 },
  dark: { lightness: 0.74, chroma: 0.14, rest: 0.62, none: 0.42 },
};

/** The colour of a category; those beyond the first ones are grey, and no category is a fainter grey. */
export function colourOf(category: number, theme: Theme): [number, number, number] {
  const { lightness, chroma, rest, none } = TONES[theme];
  const hue = HUES[category];
  if (hue === undefined) return srgb([category === NONE ? none : rest, 0, 0]);
  // Every second one is a little lighter, for those who see few hues.
  return srgb([lightness + (category % 2 ? 0.07 : 0), chroma, hue]);
}

/** What a category is drawn as: itself, or all beyond the first ones as one, or none. */
export function shownAs(category: number): number {
  return category === NONE ? NONE : Math.min(category, COLOURED);
}

/** The points as they are drawn, with four bytes of colour each: grey ones first, so that they hide no colour. */
export function painted({ places, categories }: Pick<Points, "places" | "categories">, theme: Theme): { places: Float32Array; colours: Uint8Array } {
  const kinds = [NONE, COLOURED, ...HUES.keys()];
  const order = [(one: number) => one === NONE, (one: number) => one >= COLOURED && one !== NONE, (one: number) => one < COLOURED];
  const table = new Map(kinds.map((kind) => [kind, colourOf(kind, theme)]));
  const [sorted, colours] = [new Float32Array(places.length), new Uint8Array(4 * categories.length)];
  let to = 0;
  for (const fits of order) {
    for (let i = 0; i < categories.length; i++) {
      const category = categories[i] as number;
      if (!fits(category)) continue;
      sorted.set(places.subarray(2 * i, 2 * i + 2), 2 * to);
      colours.set(table.get(shownAs(category)) as [number, number, number], 4 * to);
      colours[4 * to++ + 3] = 255;
    }
  }
  return { places: sorted, colours };
}
