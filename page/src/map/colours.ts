/** Colours of categories: hues that lie as far apart as they can, of one lightness, so that none stands out. */

import { srgb, type Theme } from "../draw/colours";

/** How many categories have a colour of their own. */
export const COLOURED = 10;

const HUES = [55, 255, 145, 330, 95, 285, 195, 15, 225, 120];
const TONES: Record<Theme, { lightness: number; chroma: number; rest: number }> = {
  light: { lightness: 0.58, chroma: 0.15, rest: 0.68 },
  dark: { lightness: 0.74, chroma: 0.14, rest: 0.55 },
};

/** The colour of a category; those beyond the first ones are grey. */
export function colourOf(category: number, theme: Theme): [number, number, number] {
  const { lightness, chroma, rest } = TONES[theme];
  const hue = HUES[category];
  if (hue === undefined) return srgb([rest, 0, 0]);
  // Every second one is a little lighter, for those who see few hues.
  return srgb([lightness + (category % 2 ? 0.07 : 0), chroma, hue]);
}

/** Four bytes for each point: its category's colour, opaque. */
export function coloursOf(categories: Uint16Array, theme: Theme): Uint8Array {
  const table = Array.from({ length: COLOURED + 1 }, (_, category) => colourOf(category, theme));
  const colours = new Uint8Array(4 * categories.length);
  for (let i = 0; i < categories.length; i++) {
    colours.set(table[Math.min(categories[i] as number, COLOURED)] as [number, number, number], 4 * i);
    colours[4 * i + 3] = 255;
  }
  return colours;
}
