/** How one series looks: told apart by colour, by marker and by dash, each alone enough for a few series. */
export interface SeriesStyle {
  readonly colour: string;
  readonly marker: 'circle' | 'square' | 'triangle' | 'diamond2' | 'star' | 'wye' | 'cross';
  /** Dash pattern of SVG; empty for a solid line. */
  readonly dash: string;
}

/**
 * Colours of series on white and, at the same place, on dark ground.
 *
 * Contrast with the ground is at least 3. Any two differ by 20 or more in CIE Lab to people who see all colours,
 * and to those who lack red, green or blue cones.
 * Source: our own search near the hues of Okabe and Ito 2008; the simulation is Machado, Oliveira and Fernandes 2009.
 */
export const SERIES_COLOURS: readonly { readonly light: string; readonly dark: string }[] = [
  { light: '#224ea5', dark: '#4aaeea' },
  { light: '#db6311', dark: '#ff8f4a' },
  { light: '#00805a', dark: '#12e6ad' },
  { light: '#a7448a', dark: '#d698be' },
  { light: '#6b4e00', dark: '#f0e442' },
  { light: '#303030', dark: '#e4ecf3' },
  { light: '#778fc4', dark: '#7a7cff' },
];

/** Ground and ink of charts and reports, the same in both. */
export const GROUND = {
  light: { surface: '#ffffff', ink: '#1c2126', muted: '#5a636b', line: '#d4d9de' },
  dark: { surface: '#15181c', ink: '#e6e9ec', muted: '#a3acb5', line: '#3a4149' },
} as const;

const MARKERS = ['circle', 'square', 'triangle', 'diamond2', 'star', 'wye', 'cross'] as const;
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 4'] as const;

/** Look of the series at this place; the first 35 differ from each other. */
export function seriesStyle(place: number): SeriesStyle {
  const colour = SERIES_COLOURS[place % SERIES_COLOURS.length]?.light ?? GROUND.light.ink;
  const shift = Math.floor(place / SERIES_COLOURS.length);
  return {
    colour,
    marker: MARKERS[(place + shift) % MARKERS.length] ?? 'circle',
    dash: DASHES[(place + shift) % DASHES.length] ?? '',
  };
}

/** Style sheet of one chart: its colours in the light, in the dark, and in print. */
export function chartStyle(name: string): string {
  const swaps = [
    ...SERIES_COLOURS,
    { light: GROUND.light.surface, dark: GROUND.dark.surface },
    { light: GROUND.light.ink, dark: GROUND.dark.ink },
    { light: GROUND.light.muted, dark: GROUND.dark.muted },
    { light: GROUND.light.line, dark: GROUND.dark.line },
  ];
  const rules = swaps.map(
    ({ light, dark }) =>
      `.${name} [fill="${light}"]{fill:${dark}}.${name} [stroke="${light}"]{stroke:${dark}}`,
  );
  return `@media screen and (prefers-color-scheme:dark){${rules.join('')}}`;
}
