import { describe, expect, it } from 'vitest';
import {
  csvTable,
  fixed,
  fourDigits,
  grouped,
  htmlTable,
  latexTable,
  markdownTable,
  pickColumns,
  table,
  textTable,
  withoutShared,
} from '../../report/table.js';

const example = table(
  'Scores <of> rules',
  [
    'rule',
    { label: 'error', unit: 'nats', format: fixed(2) },
    { label: 'parameters', format: grouped },
    'why',
  ],
  [
    ['delta', { value: 0.12345, low: 0.1, high: 0.2, mark: 'better' }, 12345, 'a|b <i>'],
    ['oja, unit', Infinity, null, 'two\nlines'],
  ],
);

describe('one table', () => {
  it('is LaTeX with its letters escaped', () => {
    const odd = table(
      '50 % of a_b',
      ['a_b', 'n'],
      [
        ['x & y {z} ~^\\', 1.5],
        ['−1 ▲', 2],
      ],
    );
    expect(latexTable(odd)).toBe(
      [
        '% 50 % of a_b',
        '\\begin{tabular}{lr}',
        '\\toprule',
        'a\\_b & n \\\\',
        '\\midrule',
        'x \\& y \\{z\\} \\textasciitilde{}\\textasciicircum{}\\textbackslash{} & 1.5000 \\\\',
        '$-$1 $\\blacktriangle$ & 2 \\\\',
        '\\bottomrule',
        '\\end{tabular}',
        '',
      ].join('\n'),
    );
  });

  it('is aligned text without trailing blanks', () => {
    expect(textTable(pickColumns(example, ['rule', 'error', 'parameters']))).toBe(
      [
        'rule              error (nats)  parameters',
        'delta      0.12 [0.10, 0.20] ▲      12,345',
        'oja, unit             diverged           –',
      ].join('\n'),
    );
  });

  it('leaves out what several rows have in common, and says it', () => {
    const rows = [
      ['delta', 3, 0.02, 1],
      ['oja', 3, 0.02, 2],
    ];
    const whole = table('', ['rule', 'seeds', { label: 'rate', format: String }, 'loss'], rows);
    const { table: rest, shared } = withoutShared(whole);
    expect([rest.columns.map(({ label }) => label), shared]).toEqual([
      ['rule', 'loss'],
      'seeds 3, rate 0.02',
    ]);
    expect(withoutShared(whole, 2).shared).toBe('rate 0.02');
    const one = table('', ['rule', 'seeds'], [['delta', 3]]);
    expect(withoutShared(one)).toEqual({ table: one, shared: '' });
  });

  it('is CSV with all digits, quoted where it needs to be', () => {
    expect(csvTable(example)).toBe(
      'rule,error,parameters,why\ndelta,0.12345,12345,a|b <i>\n"oja, unit",Infinity,,"two\nlines"\n',
    );
  });

  it('is Markdown of which nothing is taken for a tag or a column', () => {
    expect(markdownTable(example).split('\n')).toEqual([
      '| rule | error (nats) | parameters | why |',
      '| --- | ---: | ---: | --- |',
      '| delta | 0.12 [0.10, 0.20] ▲ | 12,345 | a\\|b \\<i> |',
      '| oja, unit | diverged | – | two lines |',
    ]);
  });

  it('is HTML with a caption, and the exact numbers for machines', () => {
    const { markup } = htmlTable(example, 'why');
    expect(markup).toContain('<caption><span>Scores &lt;of&gt; rules</span></caption>');
    expect(markup).toContain('<tr data-cell="a|b &lt;i&gt;"><th scope="row">delta</th><td class="better">');
    expect(markup).toContain('<data value="0.12345">0.12</data> <small>[<data value="0.1">0.10</data>, ');
    expect(markup).toContain('<td>diverged</td><td class="none">–</td>');
  });
});

it('numbers have four digits behind the point, or a power of ten', () => {
  expect([3, 0.5, 123456.7, 0.0001, 2e6, -0.25].map(fourDigits)).toEqual([
    '3',
    '0.5000',
    '1.235e+5',
    '1.000e-4',
    '2.000e+6',
    '-0.2500',
  ]);
});
