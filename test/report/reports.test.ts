import { createHash } from 'node:crypto';
import { DOMParser, parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../eval/compare/analyse.js';
import { formatResult, readResults } from '../../eval/compare/contract.js';
import { reportHtml } from '../../report/compare/html.js';
import { reportMarkdown } from '../../report/compare/markdown.js';
import { resultTable } from '../../report/compare/tables.js';
import { seriesStyle } from '../../report/plots/palette.js';
import { csvTable } from '../../report/table.js';
import { EXAMPLE_META, exampleComparison, exampleRows } from './exampleGrid.js';

const comparison = exampleComparison();
const html = reportHtml(comparison, EXAMPLE_META);

/** What of a parsed element the tests read. */
interface Element {
  readonly textContent: string;
  readonly tagName: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selectors: string): Iterable<Element>;
}

const { document: page } = parseHTML(html) as unknown as { readonly document: Element };
const all = (selectors: string, root: Element = page): Element[] => [...root.querySelectorAll(selectors)];

const text = all('body')[0]!.textContent;

describe('the page', () => {
  it('has every result as in results.jsonl, to the last digit', () => {
    const rows = readResults(exampleRows().map(formatResult).join(''));
    const shown = all('tr[data-cell]').map((line) => {
      const numbers = all('data', line).map((data) => Number(data.getAttribute('value')));
      return { cell: line.getAttribute('data-cell'), numbers, status: all('td.text', line)[0]?.textContent };
    });
    const expected = rows.map(({ cell, seed, status, test, learningRate }) => {
      return { cell, status, numbers: [seed, ...(test === null ? [] : [test]), learningRate] };
    });
    expect(shown).toEqual(expected);
  });

  it('shows what the digits round to', () => {
    for (const data of all('data')) {
      const value = Number(data.getAttribute('value'));
      const shown = Number(data.textContent.replaceAll(',', '').replace('−', '-'));
      expect(Math.abs(shown - value)).toBeLessThanOrEqual(0.06 * Math.abs(value));
    }
  });

  it('has the mean and interval of each variant', () => {
    const tables = all('table').filter((table) =>
      all('caption', table)[0]!.textContent.includes('the best mean first'),
    );
    expect(tables).toHaveLength(2);
    for (const [i, table] of tables.entries()) {
      const task = comparison.tasks[i]!;
      for (const line of all('tbody tr', table)) {
        const label = all('th', line)[0]!.textContent;
        const { test, cost } = task.variants.find((variant) => variant.label === label)!;
        const numbers = all('data', line).map((data) => Number(data.getAttribute('value')));
        expect(numbers.slice(0, 4)).toEqual([test!.mean, test!.low, test!.high, test!.seeds]);
        expect(numbers.slice(7, 10)).toEqual([cost!.parameters, cost!.stateBytes, cost!.flopsPerToken]);
      }
    }
  });

  it('has every verdict in words, the findings and the failures', () => {
    for (const { pairs, findings, failures, checks, warnings } of comparison.tasks) {
      expect(warnings[0]).toContain('still improving at the end of training');
      for (const sentence of [
        ...pairs.map((pair) => pair.text),
        ...findings,
        ...warnings,
        ...checks.map((check) => check.text),
      ]) {
        expect(text).toContain(sentence);
      }
      for (const { reason } of failures) expect(text).toContain(reason);
    }
    expect(text).toContain('step 180: the loss is NaN');
  });

  it('says how it was made', () => {
    const facts = [
      EXAMPLE_META.command,
      EXAMPLE_META.date,
      ...Object.values(EXAMPLE_META.versions),
      'Example <CPU> 2 cores',
    ];
    for (const fact of facts) expect(text).toContain(fact);
  });

  it('escapes what comes from outside', () => {
    expect(html).not.toContain('<samples>');
    expect(html).not.toContain('<CPU>');
    expect(html).toContain('&lt;samples&gt; &amp; &quot;more&quot;');
  });

  it('asks for nothing from outside, and runs its own script alone', () => {
    expect(all('iframe, object, embed, img, base')).toEqual([]);
    const [data, script, ...others] = all('script');
    expect(others).toEqual([]);
    expect(data?.getAttribute('type')).toBe('application/json');
    const hash = createHash('sha256')
      .update(script?.textContent ?? '')
      .digest('base64');
    expect(all('meta[http-equiv="Content-Security-Policy"]')[0]?.getAttribute('content')).toContain(
      ` script-src 'sha256-${hash}';`,
    );
    const links = all('[href], [src]').map(
      (element) => element.getAttribute('href') ?? element.getAttribute('src'),
    );
    expect(links.filter((link) => !link?.startsWith('#') && !link?.startsWith('data:'))).toEqual([]);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|@import|url\(|\son[a-z]+=/,
    );
    expect(all('meta[http-equiv="Content-Security-Policy"]')[0]?.getAttribute('content')).toContain(
      "default-src 'none'",
    );
  });

  it('gives every table as CSV, Markdown and LaTeX, and the cells to the script with all digits', () => {
    const files = all('a[download]').map((link) => link.getAttribute('download') ?? '');
    for (const ending of ['csv', 'md', 'tex']) {
      const count = files.filter((name) => name.endsWith(`.${ending}`)).length;
      expect(count).toBeGreaterThanOrEqual(all('table').length);
    }
    const charts = all('figure:not(.legend)');
    expect(charts.length).toBeGreaterThan(8);
    for (const chart of charts) expect(all('a[download$=".csv"]', chart)).toHaveLength(1);
    const means = decodeURIComponent(all('figure a')[0]?.getAttribute('href') ?? '');
    const { label, test } = comparison.tasks[0]!.variants[1]!;
    expect(means).toContain(`"${label}",${test!.mean},${test!.low},${test!.high}`);
    const cells = JSON.parse(all('#cells')[0]?.textContent ?? '') as Record<string, unknown>[][];
    const tests = cells.flat().map((cell) => cell.accuracy ?? cell.bitsPerByte);
    expect(tests).toEqual(comparison.rows.flatMap(({ test }) => test ?? []));
  });

  it('can be read without seeing it', () => {
    expect(all('html')[0]?.getAttribute('lang')).toBe('en');
    for (const landmark of ['header', 'nav[aria-label]', 'main', 'footer', 'title']) {
      expect(all(landmark).length).toBeGreaterThan(0);
    }
    expect(all('h1')).toHaveLength(1);
    expect(all('th').every((head) => ['row', 'col'].includes(head.getAttribute('scope') ?? ''))).toBe(true);
    expect(all('table').every((table) => all('caption', table).length === 1)).toBe(true);
    expect(
      all('.scroll').every(
        (area) => area.getAttribute('tabindex') === '0' && area.getAttribute('aria-label'),
      ),
    ).toBe(true);
    for (const svg of all('figure > svg')) {
      expect(svg.getAttribute('role')).toBe('img');
      expect(all('desc', svg)[0]?.textContent.length).toBeGreaterThan(20);
    }
  });

  it('has no heading out of order and no name twice', () => {
    const levels = all('h1, h2, h3').map(({ tagName }) => Number(tagName.slice(1)));
    expect(levels.every((level, i) => i === 0 || level <= levels[i - 1]! + 1)).toBe(true);
    const names = all('[id]').map((element) => element.getAttribute('id'));
    expect(new Set(names).size).toBe(names.length);
    for (const link of all('a:not([download])')) expect(names).toContain(link.getAttribute('href')?.slice(1));
  });

  it('draws means, curves, slices and quality against each cost that differs', () => {
    const titles = all('figure > svg > title').map(({ textContent }) => textContent);
    expect(titles).toEqual(
      expect.arrayContaining([
        'mqar: means over seeds',
        'mqar: validation while training',
        'mqar: accuracy by pairs',
        'mqar: accuracy against FLOPs per token',
        'mqar: accuracy against bytes of state',
        'tinystories: bitsPerByte by kind',
      ]),
    );
    expect(titles).not.toContain('mqar: accuracy against parameters');
  });

  it('draws slices along an axis as lines, and those that are names as a map', () => {
    const marksOf = (title: string): (string | null)[] => {
      const svg = all('figure > svg').find((each) => all('title', each)[0]?.textContent === title);
      return all('[aria-label]', svg).map((mark) => mark.getAttribute('aria-label'));
    };
    for (const slice of ['pairs', 'distance']) {
      expect(marksOf(`mqar: accuracy by ${slice}`)).toContain('line');
      expect(marksOf(`mqar: accuracy by ${slice}`)).not.toContain('cell');
    }
    for (const title of ['mqar: accuracy by part', 'tinystories: bitsPerByte by kind']) {
      expect(marksOf(title)).toContain('cell');
    }
  });

  it('names each variant once for all charts, as it is drawn in them', () => {
    const legends = all('figure.legend');
    expect(legends).toHaveLength(1);
    const finished = comparison.tasks.flatMap(({ variants }) => variants.filter(({ test }) => test !== null));
    const entries = all('li', legends[0]);
    expect(entries.map(({ textContent }) => textContent)).toEqual([
      ...new Set(finished.map(({ label }) => label)),
    ]);
    const curves = all('.charts svg').filter((svg) => svg.textContent.includes('validation while training'));
    for (const { label, place } of finished) {
      const look = entries.find(({ textContent }) => textContent === label)!;
      const { colour, dash } = seriesStyle(place);
      const line = `[stroke="${colour}"]${dash === '' ? '' : `[stroke-dasharray="${dash}"]`}`;
      expect(all(line, look).length, label).toBeGreaterThan(0);
      for (const chart of curves) {
        expect(all(line, chart).length, label).toBeGreaterThan(0);
        expect(all('text', chart).map(({ textContent }) => textContent)).not.toContain(label);
      }
    }
  });

  it('is the same for the same input', () => {
    expect(reportHtml(exampleComparison(), EXAMPLE_META)).toBe(html);
  });

  it('is well formed as SVG inside', () => {
    for (const [svg] of html.matchAll(/<svg xmlns.*?<\/svg><\/figure>/gs)) {
      const root = new DOMParser().parseFromString(
        svg.replace('</figure>', ''),
        'image/svg+xml',
      ) as unknown as Element;
      expect(all('svg', root).length).toBeGreaterThan(1);
    }
  });
});

it('a grid with no result still gives a report', () => {
  const rows = exampleRows().map((row) => ({
    ...row,
    status: 'failed' as const,
    reason: 'out of memory',
    test: null,
  }));
  const failed = reportHtml(analyse(rows), EXAMPLE_META);
  expect(failed).toContain('No cell finished, so there is nothing to compare.');
  expect(failed).not.toContain('<figure><svg');
});

describe('the Markdown', () => {
  const markdown = reportMarkdown(comparison, EXAMPLE_META);

  it('has findings, tables, verdicts and origin', () => {
    for (const { pairs, findings } of comparison.tasks) {
      for (const { text } of pairs) expect(markdown).toContain(`- ${text}.`);
      for (const finding of findings) expect(markdown).toContain(finding);
    }
    expect(markdown).toContain(`\`\`\`sh\n${EXAMPLE_META.command}\n\`\`\``);
    expect(markdown).toMatch(/^# Comparison of learning rules\n\n48 cells: 47 done, 1 diverged, 0 failed\./);
  });

  it('loses nothing to tags', () => {
    const rows = exampleRows().map((row) => ({
      ...row,
      status: 'failed' as const,
      test: null,
      reason: 'expected Array<number>, got 1 < 2 | 3',
    }));
    expect(reportMarkdown(analyse(rows), EXAMPLE_META)).toContain(
      '| failed | expected Array\\<number>, got 1 < 2 \\| 3 |',
    );
  });

  it('has tables whose rows are as wide as their heads', () => {
    const lines = markdown.split('\n');
    for (const [i, line] of lines.entries()) {
      if (!line.startsWith('| ---')) continue;
      const width = line.split('|').length;
      expect(lines[i - 1]!.split('|').length).toBe(width);
      for (let row = i + 1; lines[row]!.startsWith('|'); row++)
        expect(lines[row]!.split(/(?<!\\)\|/).length).toBe(width);
    }
  });
});

describe('the CSV', () => {
  it('has a line a cell with the numbers of results.jsonl', () => {
    const lines = csvTable(resultTable(comparison)).trimEnd().split('\n');
    const rows = exampleRows();
    expect(lines).toHaveLength(rows.length + 1);
    expect(lines[0]).toBe(
      'cell,task,rule,gate,data,seed,status,reason,learningRate,metric,unit,best,test,test.lossNats,parameters,stateBytes,flopsPerToken',
    );
    for (const [i, { cell, test }] of rows.entries()) {
      expect(lines[i + 1]).toMatch(new RegExp(`^${cell},`));
      expect(lines[i + 1]).toContain(`,${test ?? ''},`);
    }
  });

  it('quotes what needs it', () => {
    expect(csvTable(resultTable(comparison))).toContain(',"fresh <samples> & ""more""",');
  });
});
