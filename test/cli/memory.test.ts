import { join } from 'node:path';
import pc from 'picocolors';
import { beforeAll, describe, expect, it } from 'vitest';
import { markedText } from '../../cli/verbs/memory/markedText.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlovHere } from '../support/pavlov.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

const run = join(temporaryFolder(), 'story');

beforeAll(async () => {
  await saveUntrainedRun(run, ['model.layers=2', 'model.rule=delta']);
});

interface Facts {
  readonly tokens: readonly string[];
  readonly at: number;
  readonly heads: readonly {
    readonly layer: number;
    readonly head: number;
    readonly read: readonly number[];
    readonly written: Readonly<Record<string, readonly number[]>>;
  }[];
}

describe('pavlov memory', () => {
  it('gives the exact shares of what is read, and what was written, for the heads asked for', async () => {
    const { code, stdout, stderr } = await pavlovHere([
      'memory',
      run,
      'Lily had a red kite.',
      '--json',
      '--layer',
      '1',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    // The cast: the fields are checked below.
    const { tokens, at, heads } = JSON.parse(stdout) as Facts;
    expect(tokens.join('')).toBe('<start>Lily had a red kite.');
    expect(at).toBe(tokens.length - 1);
    expect(heads.map(({ layer }) => layer)).toEqual(heads.map(() => 1));
    expect(heads.length).toBeGreaterThan(1);
    for (const { read, written } of heads) {
      expect(read).toHaveLength(tokens.length);
      // The delta rule removes, and is linear in the values all the same.
      expect(Math.abs(read.reduce((sum, share) => sum + share, 0) - 1)).toBeLessThan(1e-3);
      expect(written.beta).toHaveLength(tokens.length);
    }
  });

  it('says it in text, within the columns, for one head at a place', async () => {
    const args = [
      'memory',
      run,
      'Lily had a red kite. '.repeat(6),
      '--layer',
      '0',
      '--head',
      '1',
      '--at',
      '3',
    ];
    const { code, stdout } = await pavlovHere(args);
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('block 0 head 1 reads "');
    expect(stdout.match(/reads/g)).toHaveLength(1);
    const texts = stdout.split('\n').filter((line) => line.startsWith('  '));
    expect(Math.max(...texts.map((line) => line.length))).toBeLessThan(80);
    expect(stdout).toMatch(/\n {2}beta\n/);
  });

  it.each([
    [['a', '--layer', '7'], /expected one of the heads with a memory \(layer\.head: 0\.0 .*\), got others/],
    [['a', '--at', '99'], /--at: expected a place of the \d+ tokens, from 0 on, got 99/],
    [['kite '.repeat(300)], /<text>: expected at most 255 tokens, got \d+; shorten it/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await pavlovHere(['memory', run, ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('markedText', () => {
  const marks = [0.9, -0.3, 0.2, 0.05, 0].map((part) => ({ part, label: (100 * part).toFixed(0) }));

  it('colours tokens by their part, or labels them', () => {
    const pieces = ['a', 'b', 'c', 'd\n', 'e'];
    const coloured = markedText(pieces, marks, { columns: 80, colours: pc.createColors(true) });
    const expected =
      '\u001b[31ma\u001b[39m\u001b[3m\u001b[33mb\u001b[39m\u001b[23m\u001b[32mc\u001b[39md\u21b5\u001b[2me\u001b[22m';
    expect(coloured).toEqual([expected]);
    const plain = markedText(pieces, marks, { columns: 80, colours: pc.createColors(false) });
    expect(plain).toEqual(['a[90]b[-30]c[20]d\u21b5[5]e']);
  });

  it('breaks lines between tokens, and counts wide characters twice', () => {
    const pieces = Array<string>(12).fill('\u732b');
    const lines = markedText(pieces, [], { columns: 23, colours: pc.createColors(false) });
    expect(lines.map((line) => line.length)).toEqual([10, 2]);
  });
});
