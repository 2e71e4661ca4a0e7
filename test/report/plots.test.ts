import { DOMParser } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { heatMap, intervalChart, lineChart, scatter, type AxesOptions } from '../../report/plots/index.js';
import { GROUND, SERIES_COLOURS, seriesStyle } from '../../report/plots/palette.js';
import { contrast, difference, VISION } from './colours.js';

const AXES: AxesOptions = {
  title: 'Accuracy & <cost>',
  x: 'pairs',
  y: 'accuracy',
  series: [
    {
      name: 'delta',
      points: [
        { x: 4, y: 1, low: 0.9, high: 1 },
        { x: 8, y: 0.5, low: 0.4, high: 0.6 },
        { x: 16, y: 0.25, low: 0.2, high: 0.3 },
      ],
    },
    {
      name: 'hebbian',
      points: [
        { x: 4, y: 0.75 },
        { x: 16, y: 0.125 },
      ],
    },
  ],
  references: [{ axis: 'y', value: 0.1, label: 'chance' }],
};

/** What of a parsed element the tests read. */
interface Element {
  readonly textContent: string;
  getAttribute(name: string): string | null;
}

function all(svg: string, selectors: string): readonly Element[] {
  const page = new DOMParser().parseFromString(svg, 'image/svg+xml') as unknown as {
    querySelectorAll(selectors: string): Iterable<Element>;
  };
  return [...page.querySelectorAll(selectors)];
}

const texts = (svg: string, selectors: string): string[] =>
  all(svg, selectors).map((found) => found.textContent);

describe.each([
  ['lineChart', lineChart(AXES)],
  ['scatter', scatter(AXES)],
  ['heatMap', heatMap({ title: 'Accuracy & <cost>', rows: ['a'], columns: ['b', 'c'], values: [[1, null]] })],
])('%s', (_, svg) => {
  it('names and describes itself to those who do not see it', () => {
    const [root] = all(svg, 'svg');
    const [title, desc] = [all(svg, 'title')[0], all(svg, 'desc')[0]];
    expect(root?.getAttribute('role')).toBe('img');
    expect(root?.getAttribute('aria-labelledby')).toBe(
      `${title?.getAttribute('id')} ${desc?.getAttribute('id')}`,
    );
    expect(svg).toContain('Accuracy &amp; &lt;cost&gt;</title>');
    expect(desc?.textContent.length).toBeGreaterThan(20);
  });

  it('needs nothing from outside and inherits no colour', () => {
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|url\(|href|<script|currentColor/,
    );
  });
});

describe('lineChart', () => {
  it('gives each series its own colour, marker and dash, and names them in the legend', () => {
    const svg = lineChart(AXES);
    const strokes = all(svg, 'g[aria-label="line"]').map((line) => [
      line.getAttribute('stroke'),
      line.getAttribute('stroke-dasharray'),
    ]);
    // And that of the reference, which is named with its value.
    expect(new Set(strokes.map(String)).size).toBe(3);
    expect(texts(svg, 'text')).toEqual(
      expect.arrayContaining(['delta', 'hebbian', 'chance (0.1)', '↑ accuracy', 'pairs →']),
    );
  });

  it('says the value and the interval of a point that is pointed at', () => {
    expect(texts(lineChart(AXES), 'title')).toContain('delta: 0.5 [0.4, 0.6] at 8');
  });

  it('says in words where each series starts and ends', () => {
    expect(texts(lineChart(AXES), 'desc')).toEqual([
      'Line chart of accuracy against pairs. delta: from 1 at 4 to 0.25 at 16, least 0.25, most 1. ' +
        'hebbian: from 0.75 at 4 to 0.125 at 16, least 0.125, most 0.75. line at y 0.1: chance.',
    ]);
  });

  it('draws points where the axes say', () => {
    const points = [
      { x: 1, y: 0 },
      { x: 10, y: 5 },
      { x: 100, y: 10 },
    ];
    const svg = lineChart({ ...AXES, references: [], logX: true, series: [{ name: 'a', points }] });
    const path = all(svg, 'g[aria-label="line"] path').at(-1)?.getAttribute('d') ?? '';
    const [first, second, third] = path
      .slice(1)
      .split('L')
      .map((pair) => pair.split(',').map(Number));
    expect(second?.[0]).toBeCloseTo(((first?.[0] ?? 0) + (third?.[0] ?? 0)) / 2, 2);
    expect(second?.[1]).toBeCloseTo(((first?.[1] ?? 0) + (third?.[1] ?? 0)) / 2, 2);
    expect(first?.[1]).toBeGreaterThan(third?.[1] ?? 0);
  });

  it('leaves a gap where nothing was measured', () => {
    const points = [1, 2, 3, 4, 5].map((x) => ({ x, y: x === 3 ? null : x }));
    const svg = lineChart({ ...AXES, series: [{ name: 'a', points }] });
    expect(all(svg, 'g[aria-label="line"] path').at(-1)?.getAttribute('d')?.match(/M/g)).toHaveLength(2);
  });

  it('draws a formula over measurements in their colour, without markers', () => {
    const theory = {
      name: 'formula',
      kind: 'theory',
      style: 0,
      points: [
        { x: 4, y: 1 },
        { x: 16, y: 0 },
      ],
    } as const;
    const svg = lineChart({ ...AXES, references: [], series: [AXES.series[0]!, theory] });
    const lines = all(svg, 'g[aria-label="line"]').map((line) => line.getAttribute('stroke'));
    expect(new Set(lines).size).toBe(1);
    expect(all(svg, 'g[aria-label="dot"]')).toHaveLength(2); // of the measured series, in the legend and the chart
  });

  it('is the same for the same input', () => {
    expect(lineChart(AXES)).toBe(lineChart(AXES));
  });

  it('draws an interval that reaches below a logarithmic axis to its end', () => {
    const points = [
      { x: 1, y: 0.1, low: -0.1, high: 1 },
      { x: 2, y: 1, low: 0.5, high: 2 },
    ];
    const svg = lineChart({ ...AXES, references: [], logY: true, series: [{ name: 'a', points }] });
    expect(svg).not.toContain('NaN');
  });

  it.each([
    [
      'no values',
      { series: [] },
      "line chart 'Accuracy & <cost>': expected at least one point with a value, got none",
    ],
    [
      'a value that is not finite',
      { series: [{ name: 'a', points: [{ x: 1, y: NaN }] }] },
      'expected finite values, got NaN',
    ],
    [
      'a value of 0 on a logarithmic axis',
      { logX: true, series: [{ name: 'a', points: [{ x: 0, y: 1 }] }] },
      'expected x above 0 on a logarithmic axis, got 0; use a linear axis',
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() => lineChart({ ...AXES, ...change })).toThrow(message);
  });
});

describe('heatMap', () => {
  const values = [
    [-1, 0.5],
    [null, 1],
  ];
  const svg = heatMap({ title: 't', rows: ['r0', 'r1'], columns: ['c0', 'c1'], values, centre: 0 });

  it('writes the numbers of small tables into their cells', () => {
    expect(texts(svg, 'text')).toEqual(expect.arrayContaining(['-1', '0.5', '–', '1', 'r0', 'c1']));
    expect(texts(svg, 'title')).toContain('r1, c0: not measured');
  });

  it('uses opposite colours for opposite values', () => {
    const fills = all(svg, 'rect').map((cell) => cell.getAttribute('fill'));
    expect(fills).toEqual(expect.arrayContaining(['rgb(103, 0, 31)', 'rgb(5, 48, 97)']));
  });

  it('refuses a row that is too short', () => {
    expect(() => heatMap({ title: 't', rows: ['a'], columns: ['b', 'c'], values: [[1]] })).toThrow(
      "heat map 't': expected 1 rows of 2 values, above 0 each, got 1 rows of 1",
    );
  });
});

describe('intervalChart', () => {
  const rows = [
    { name: 'delta', value: 0.9, low: 0.8, high: 1, samples: [0.85, 0.95] },
    { name: 'oja', value: 0.5, samples: [0.5] },
  ];

  it('names each row and draws its interval and its samples', () => {
    const svg = intervalChart({ title: 'means', x: 'accuracy', rows });
    expect(texts(svg, 'text')).toEqual(expect.arrayContaining(['delta', 'oja', 'accuracy →']));
    expect(texts(svg, 'title')).toContain('delta: 0.9 [0.8, 1]');
    expect(texts(svg, 'desc')).toEqual(['means, accuracy. delta: 0.9 [0.8, 1]. oja: 0.5.']);
    expect(all(svg, 'g[aria-label="dot"] circle, g[aria-label="dot"] path').length).toBe(5);
  });

  it('refuses what it cannot draw', () => {
    expect(() => intervalChart({ title: 'means', x: 'accuracy', rows: [] })).toThrow(
      "interval chart 'means': expected at least one row, got none",
    );
  });
});

describe('the colours of series', () => {
  it.each(['light', 'dark'] as const)(
    'stand out from the %s ground and from each other to all eyes',
    (scheme) => {
      const colours = SERIES_COLOURS.map((colour) => colour[scheme]);
      for (const [i, a] of colours.entries()) {
        expect(contrast(a, GROUND[scheme].surface)).toBeGreaterThanOrEqual(3);
        for (const b of colours.slice(i + 1)) {
          for (const vision of Object.values(VISION))
            expect(difference(a, b, vision)).toBeGreaterThanOrEqual(20);
        }
      }
    },
  );

  it('go with texts that can be read', () => {
    for (const { surface, ink, muted } of Object.values(GROUND)) {
      expect(contrast(ink, surface)).toBeGreaterThanOrEqual(7);
      expect(contrast(muted, surface)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('make 35 looks that differ', () => {
    const looks = Array.from({ length: 35 }, (_, i) => JSON.stringify(seriesStyle(i)));
    expect(new Set(looks).size).toBe(35);
  });
});
