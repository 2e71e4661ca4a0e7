/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Colours of numbers below, at and above 0. */
export interface Scale {
  readonly below: Rgb;
  readonly zero: Rgb;
  readonly above: Rgb;
}

export interface Palette {
  /** Of matrices. */
  readonly cells: Scale;
  /** Behind text: light enough, or dark enough, to read it. */
  readonly wash: Scale;
}

/** Blue and orange are told apart by people who do not see red and green apart. */
export const LIGHT: Palette = {
  cells: { below: [33, 92, 168], zero: [247, 248, 250], above: [196, 84, 8] },
  wash: { below: [150, 190, 240], zero: [255, 255, 255], above: [250, 184, 122] },
};
export const DARK: Palette = {
  cells: { below: [120, 178, 255], zero: [26, 32, 40], above: [255, 166, 84] },
  wash: { below: [38, 84, 148], zero: [23, 28, 35], above: [146, 78, 20] },
};

/**
 * The colour of a value: `zero` at 0, `above` from `limit` on, `below` from `-limit` on, in proportion between.
 * Grey where it is no number.
 */
export function colourOf(value: number, limit: number, { below, zero, above }: Scale): Rgb {
  if (Number.isNaN(value)) return [128, 128, 128];
  const share = limit > 0 ? Math.min(1, Math.abs(value) / limit) : 0;
  const end = value < 0 ? below : above;
  const mixed = (i: 0 | 1 | 2): number => Math.round(zero[i] + (end[i] - zero[i]) * share);
  return [mixed(0), mixed(1), mixed(2)];
}

/** A value whose colour grows with the root of its size, so that small cells can be seen beside large ones. */
export function rootOf(value: number, limit: number): number {
  return Math.sign(value) * Math.sqrt(Math.abs(value) * limit);
}

export const cssColour = (rgb: Rgb): string => `rgb(${rgb.join(' ')})`;

/** The largest size of a value; 0 of none. */
export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value) || 0);
  return most;
}
