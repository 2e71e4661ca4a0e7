/**
 * The numbers of a built checkout, to hold a refactored one against it:
 *
 *   npx tsx scripts/baseline.ts record FILE [--root DIR] [--only PART,PART]
 *   npx tsx scripts/baseline.ts compare FILE [--root DIR] [--only PART,PART]
 *
 * DIR (default: this repository) must be built (`npm run build`); its command line and its library are used as they
 * stand, under the flag and setting names they have. Recorded on one machine, compared on the same.
 *
 * Parts: `train` (20 losses of the smoke preset and the trained weights, every rule x gate), `rules` (outputs, state
 * and gradients of `runRule` in both forms, every rule x decay), `grid` (the results of small comparisons), `resume` (a
 * run killed after a checkpoint and resumed).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { numbersOf, openCheckout, type Checkout, type Entries, type Entry } from './baseline/checkout.js';
import { runEveryRule } from './baseline/rules.js';
import { killAndResume, runGrids, trainEvery } from './baseline/runs.js';

const TOLERANCE = 1e-6;

const PARTS: Readonly<Record<string, (checkout: Checkout) => Entries | Promise<Entries>>> = {
  rules: runEveryRule,
  train: trainEvery,
  grid: runGrids,
  resume: killAndResume,
};

/** Largest difference relative to the largest number of its group; infinite for other counts. */
function relativeDifference(before: Entry, after: Entry): number {
  if (before.groups.length !== after.groups.length) return Infinity;
  const differences = before.groups.map((group, i) => {
    const [a, b] = [numbersOf(group), numbersOf(after.groups[i] ?? '')];
    if (a.length !== b.length) return Infinity;
    const scale = a.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1e-30);
    return a.reduce((largest, x, n) => Math.max(largest, Math.abs(x - (b[n] ?? NaN)) / scale), 0);
  });
  return Math.max(...differences);
}

/** Prints a line for every entry; gives how many differ beyond the tolerance. */
function report(before: Entries, after: Entries): number {
  const verdicts = Object.keys({ ...before, ...after }).map((name): [string, string] => {
    const [old, now] = [before[name], after[name]];
    if (!old || !now) return [name, `DIFFERENT (only ${old ? 'before' : 'now'})`];
    if (old.hash === now.hash) return [name, 'equal to the byte'];
    const difference = relativeDifference(old, now);
    const figure = difference.toExponential(1);
    return [name, difference <= TOLERANCE ? `within 1e-6 (${figure})` : `DIFFERENT (${figure})`];
  });
  for (const [name, verdict] of verdicts) console.log(`${verdict.padEnd(24)} ${name}`);
  const count = (start: string): number => verdicts.filter(([, verdict]) => verdict.startsWith(start)).length;
  console.log(
    `${count('equal')} equal to the byte, ${count('within')} within 1e-6, ${count('DIFFERENT')} different`,
  );
  return count('DIFFERENT');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    root: { type: 'string', default: '.' },
    only: { type: 'string', default: Object.keys(PARTS).join() },
  },
});
const [action, file] = positionals;
if ((action !== 'record' && action !== 'compare') || !file)
  throw new Error('expected record FILE or compare FILE');
const parts = values.only.split(',');
const checkout = await openCheckout(resolve(values.root));
const measured: Entries = {};
for (const part of parts) {
  const measure = PARTS[part];
  if (!measure) throw new Error(`expected the parts ${Object.keys(PARTS).join(', ')}, got '${part}'`);
  Object.assign(measured, await measure(checkout));
}
if (action === 'record') {
  writeFileSync(file, JSON.stringify(measured, null, 1));
  console.log(`${Object.keys(measured).length} entries in ${file}`);
} else {
  const known = JSON.parse(readFileSync(file, 'utf8')) as Entries;
  const prefixes = parts.map((part) => (part === 'rules' ? 'runRule' : part));
  const asked = Object.entries(known).filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)));
  process.exitCode = report(Object.fromEntries(asked), measured) === 0 ? 0 : 1;
}
