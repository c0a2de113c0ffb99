/** Colours of spectrograms: even steps of lightness in OKLab, so that equal steps of loudness look equal. */

export type Theme = "light" | "dark";
type Oklch = readonly [lightness: number, chroma: number, hue: number];

/** Quiet to loud; hues beyond 360 go the way by red. The quiet end is the ground that the spectrogram lies on. */
const ENDS: Record<Theme, { quiet: Oklch; loud: Oklch }> = {
  dark: { quiet: [0.17, 0.015, 285], loud: [0.95, 0.1, 455] },
  light: { quiet: [0.975, 0.008, 450], loud: [0.22, 0.09, 285] },
};
const SWELL = 0.13; // how much chroma the middle has beyond the ends

/** 256 colours, (256 x 3) bytes of sRGB, from quiet to loud. */
export function palette(theme: Theme): Uint8ClampedArray {
  const { quiet, loud } = ENDS[theme];
  return ramp((t) => [
    mix(quiet[0], loud[0], t),
    mix(quiet[1], loud[1], t) + SWELL * 4 * t * (1 - t),
    mix(quiet[2], loud[2], t),
  ]);
}

/** 256 greys of the same lightness as the palette's. */
export function greys(theme: Theme): Uint8ClampedArray {
  const { quiet, loud } = ENDS[theme];
  return ramp((t) => [mix(quiet[0], loud[0], t), 0, 0]);
}

function ramp(colour: (t: number) => Oklch): Uint8ClampedArray {
  const colours = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i++) colours.set(srgb(colour(i / 255)), 3 * i);
  return colours;
}

function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** Björn Ottosson's OKLab to bytes of sRGB. */
export function srgb([lightness, chroma, hue]: Oklch): [number, number, number] {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function gamma(linear: number): number {
  const x = Math.max(0, Math.min(1, linear));
  return 255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
}
