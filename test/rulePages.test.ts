import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { amountText, pages } from '../scripts/docs/rulePages.js';
import { ruleCost } from '../scripts/docs/ruleCost.js';
import { rules } from '../src/rules/registry.js';

const root = new URL('../', import.meta.url);
const written = pages();

describe('docs/rules', () => {
  it.each(Object.keys(written))(
    '%s is up to date; `npx tsx scripts/docs/rulePages.ts` writes it anew',
    (path) => {
      expect(readFileSync(new URL(path, root), 'utf8')).toBe(written[path]);
    },
  );

  it('holds no other page, and a page for each rule', () => {
    const files = readdirSync(new URL('docs/rules/', root)).map((name) => `docs/rules/${name}`);
    expect(files.sort()).toEqual(Object.keys(written).sort());
    for (const name of Object.keys(rules)) expect(written).toHaveProperty([`docs/rules/${name}.md`]);
  });
});

describe('ruleCost', () => {
  it('counts the operations of association: decay, outer product, sum and read-out', () => {
    // S exp(g): K V and 1; v beta: V; the outer product and its sum: 2 K V; S q: 2 K V.
    const { step, state, fields } = ruleCost(rules.hebbian!);
    expect(step).toEqual({ KK: 0, KV: 5, K: 0, V: 1, one: 1 });
    expect(amountText(step)).toBe('5 K V + V + 1');
    expect(state).toEqual({ KK: 0, KV: 4, K: 0, V: 0, one: 0 });
    expect(fields).toEqual([{ name: 'S', shape: 'V,K' }]);
  });

  it('counts a state of several fields', () => {
    const { state, fields } = ruleCost(rules.bcm!);
    expect(amountText(state)).toBe('4 K V + 4 V');
    expect(fields[1]).toEqual({ name: 'theta', shape: 'V' });
  });
});
