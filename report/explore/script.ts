/**
 * What runs in the page of a report: charts of any settings, tables that can be sorted and filtered. The functions are
 * written into the page one by one by `pageScript`, so they may use each other, their arguments and the browser alone.
 */

/** What of the browser's elements is used here; the project is compiled without the DOM's types. */
interface PageElement {
  readonly dataset: Readonly<Record<string, string>>;
  readonly children: ArrayLike<PageElement>;
  readonly textContent: string;
  innerHTML: string;
  hidden: boolean;
  value: string;
  href: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  querySelector(selectors: string): PageElement | null;
  querySelectorAll(selectors: string): ArrayLike<PageElement>;
  addEventListener(type: string, listener: () => void): void;
  append(...elements: PageElement[]): void;
  before(element: PageElement): void;
}

interface Page extends PageElement {
  createElement(tag: string): PageElement;
}

type Value = string | number | null;
/** A cell of the grid: settings, costs and scores by name. */
type Row = Readonly<Record<string, Value>>;

/** One place of a chart: the mean over its cells. */
interface Point {
  readonly facet: string;
  readonly colour: string;
  readonly x: Value;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

declare const document: Page;

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Quantile of Student's t that 95 % of values do not exceed in size, by degrees of freedom. */
function tQuantile(freedom: number): number {
  const exact = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  ];
  // Cornish and Fisher's expansion, right to three digits from 16 up.
  return exact[freedom - 1] ?? 1.96 + 2.3723 / freedom + 2.8224 / freedom ** 2;
}

/** Means with 95 % intervals of all cells that are alike in facet, colour and x. */
function pointsOf(
  rows: readonly Row[],
  choice: Readonly<Record<'x' | 'y' | 'colour' | 'facet', string>>,
): Point[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (typeof row[choice.y] !== 'number') continue;
    const key = JSON.stringify([row[choice.facet] ?? '', row[choice.colour] ?? '', row[choice.x]]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((same) => {
    const values = same.map((row) => Number(row[choice.y]));
    const n = values.length;
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
    const margin = n > 1 ? (tQuantile(n - 1) * spread) / Math.sqrt(n) : 0;
    const [first = {}] = same;
    const of = (name: string): string => String(first[name] ?? '');
    return {
      facet: of(choice.facet),
      colour: of(choice.colour),
      x: first[choice.x] ?? null,
      mean,
      low: mean - margin,
      high: mean + margin,
      n,
    };
  });
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** About five round numbers between two. */
function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick++) ticks.push(tick * step);
  return ticks;
}

/** Where values of the x axis stand, from 0 to 1; numbers by their size, or its logarithm where they span much. */
function placesOf(values: readonly Value[]): Map<Value, number> {
  const numbers = values.map(Number);
  const isNumeric = values.length > 1 && values.every((value) => typeof value === 'number');
  const order = isNumeric ? [...values].sort((a, b) => a - b) : [...values];
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const isLog = low > 0 && high / low >= 8;
  const scale = (value: Value): number => (isLog ? Math.log(Number(value)) : Number(value));
  return new Map(
    order.map((value, i) => [
      value,
      isNumeric ? (scale(value) - scale(low)) / (scale(high) - scale(low)) : (i + 0.5) / order.length,
    ]),
  );
}

/** One chart as SVG; colours are places in the page's list of them. */
function chartOf(
  title: string,
  points: readonly Point[],
  all: readonly Point[],
  names: readonly string[],
  labels: readonly [x: string, y: string],
): string {
  const [width, height, left, top, bottom] = [520, 320, 72, 34, 64];
  const places = placesOf([...new Set(all.map((point) => point.x))]);
  const [low, high] = [
    Math.min(...all.map((point) => point.low)),
    Math.max(...all.map((point) => point.high)),
  ];
  const pad = (high - low || Math.abs(low) || 1) * 0.06;
  const atX = (x: Value): number => left + 16 + (width - left - 40) * (places.get(x) ?? 0);
  const atY = (y: number): number =>
    height - bottom - ((height - bottom - top) * (y - low + pad)) / (high - low + 2 * pad);
  const yTicks = ticksOf(low - pad, high + pad).map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${width - 12}" y1="${atY(tick)}" y2="${atY(tick)}"/><text x="${left - 8}" y="${atY(tick) + 5}" text-anchor="end">${shortNumber(tick)}</text>`,
  );
  const every = Math.ceil(places.size / 8);
  const xTicks = [...places.keys()]
    .filter((_, i) => i % every === 0)
    .map(
      (x) =>
        `<text x="${atX(x)}" y="${height - bottom + 22}" text-anchor="middle">${escapeText(String(x))}</text>`,
    );
  const series = names.map((name, i) => {
    const own = points.filter((point) => point.colour === name).sort((a, b) => atX(a.x) - atX(b.x));
    const line = own.map((point) => `${atX(point.x)},${atY(point.mean)}`).join(' ');
    const numeric = own.length > 1 && own.every((point) => typeof point.x === 'number');
    // Series stand a little beside each other, so that whiskers of one do not hide another's.
    const shift = numeric ? 0 : (i - (names.length - 1) / 2) * 7;
    const marks = own.map(
      (point) =>
        `<line x1="${atX(point.x) + shift}" x2="${atX(point.x) + shift}" y1="${atY(point.low)}" y2="${atY(point.high)}"/><circle cx="${atX(point.x) + shift}" cy="${atY(point.mean)}" r="4.5"><title>${escapeText(`${name} at ${point.x}: ${shortNumber(point.mean)} [${shortNumber(point.low)}, ${shortNumber(point.high)}], n = ${point.n}`)}</title></circle>`,
    );
    return `<g class="series c${i % 7}">${numeric ? `<polyline points="${line}"/>` : ''}${marks.join('')}</g>`;
  });
  const name = escapeText(title);
  return `<svg role="img" aria-label="${name}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><text class="title" x="8" y="20">${name}</text>${yTicks.join('')}${xTicks.join('')}<text x="${(left + width) / 2}" y="${height - 14}" text-anchor="middle">${escapeText(labels[0])}</text>${series.join('')}</svg>`;
}

/** The points as comma-separated values. */
function csvOf(
  points: readonly Point[],
  choice: Readonly<Record<'x' | 'y' | 'colour' | 'facet', string>>,
): string {
  const quoted = (value: Value): string =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  const named = (['facet', 'colour'] as const).filter((part) => choice[part] !== '');
  const head = [...named.map((part) => choice[part]), choice.x, choice.y, 'low', 'high', 'cells'];
  const lines = points.map((point) => [
    ...named.map((part) => point[part]),
    point.x,
    point.mean,
    point.low,
    point.high,
    point.n,
  ]);
  return [head, ...lines].map((line) => line.map(quoted).join(',')).join('\n') + '\n';
}

/** Draws the charts of one task as its form asks for them, and puts their data behind the link. */
function draw(section: PageElement, rows: readonly Row[]): void {
  const chosen = (name: string): string => section.querySelector(`select[name=${name}]`)?.value ?? '';
  const choice = { x: chosen('x'), y: chosen('y'), colour: chosen('colour'), facet: chosen('facet') };
  const points = pointsOf(rows, choice);
  const names = [...new Set(points.map((point) => point.colour))];
  const facets = [...new Set(points.map((point) => point.facet))];
  const legend = names.map((name, i) => `<li class="c${i % 7}">${escapeText(name || 'all')}</li>`).join('');
  const figures = facets.map((facet) => {
    const title = `${choice.y} by ${choice.x}${choice.facet === '' ? '' : `, ${choice.facet} ${facet}`}`;
    const own = points.filter((point) => point.facet === facet);
    return `<figure>${chartOf(title, own, points, names, [choice.x, choice.y])}</figure>`;
  });
  const [list, charts, link] = ['.key', '.charts', 'a[download]'].map((place) =>
    section.querySelector(place),
  );
  if (!list || !charts || !link) return;
  list.innerHTML = legend;
  charts.innerHTML = figures.join('');
  link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(csvOf(points, choice))}`;
}

/** What a cell is sorted by: its number, else its text. */
function sortKey(row: PageElement, column: number): Value {
  const cell = row.children[column];
  const value = cell?.querySelector('data')?.getAttribute('value');
  return value === undefined || value === null ? (cell?.textContent ?? '') : Number(value);
}

/** Makes the heads of a table's columns buttons that sort its rows, up and then down. */
function sortable(table: PageElement): void {
  const body = table.querySelector('tbody');
  const heads = Array.from(table.querySelectorAll('thead th'));
  for (const [column, head] of heads.entries()) {
    head.innerHTML = `<button type="button">${head.innerHTML}</button>`;
    head.querySelector('button')?.addEventListener('click', () => {
      const sign = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      for (const other of heads) other.setAttribute('aria-sort', 'none');
      head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
      const rows = Array.from(body?.children ?? []).map((row) => ({ row, key: sortKey(row, column) }));
      rows.sort((a, b) => {
        const [x, y] = [a.key ?? '', b.key ?? ''];
        return (
          sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)))
        );
      });
      body?.append(...rows.map(({ row }) => row));
    });
  }
}

/** Puts a field above a long table that leaves only the rows with its words. */
function filterable(region: PageElement): void {
  const rows = Array.from(region.querySelectorAll('tbody tr'));
  if (rows.length < 8) return;
  const label = document.createElement('label');
  label.innerHTML = 'Rows with <input type="search">';
  const field = label.querySelector('input');
  field?.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  region.before(label);
}

function start(): void {
  const found = JSON.parse(document.querySelector('#cells')?.textContent ?? '[]') as Row[][]; // as the page has written it
  for (const section of Array.from(document.querySelectorAll('.explore'))) {
    const rows = found[Number(section.dataset.task)] ?? [];
    for (const select of Array.from(section.querySelectorAll('select'))) {
      select.addEventListener('change', () => draw(section, rows));
    }
    section.hidden = false;
    draw(section, rows);
  }
  for (const region of Array.from(document.querySelectorAll('.scroll'))) {
    filterable(region);
    for (const table of Array.from(region.querySelectorAll('table'))) sortable(table);
  }
}

const PARTS = [
  escapeText,
  tQuantile,
  pointsOf,
  shortNumber,
  ticksOf,
  placesOf,
  chartOf,
  csvOf,
  draw,
] as const;
const TABLE_PARTS = [sortKey, sortable, filterable, start] as const;

/** The script of the page. What compiles it may keep names of functions by a helper, which is not there in a page. */
export const pageScript = [
  '"use strict";',
  'const __name = (value) => value;',
  ...[...PARTS, ...TABLE_PARTS].map(String),
  'start();',
].join('\n');
