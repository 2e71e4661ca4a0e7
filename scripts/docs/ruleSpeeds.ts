import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { median } from '../../bench/median.js';
import { createTrainee, REFERENCE_OPTIMIZER } from '../../bench/reference.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { rules } from '../../src/rules/registry.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';

/*
 * Times training steps of the reference model (preset tiny, gate scalar, 4 rows) with every rule in turns with the delta rule, and
 * writes tokens/s relative to it, by least times, into docs/results/ruleSpeeds.json, from which rulesTable.ts reads them:
 *
 *   npx tsx scripts/docs/ruleSpeeds.ts [--rules mesa,rls] [--rounds 5]
 */

const FILE = new URL('../../docs/results/ruleSpeeds.json', import.meta.url);
const BASE = 'delta';
/** Rows of 256 tokens. */
const BATCH = 4;

const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: Object.keys(rules).join() },
    rounds: { type: 'string', default: '5' },
  },
});

/** A model in training with a rule, past its first step, and how to let it go. */
async function training(rule: string) {
  const config = await resolveConfig({
    preset: 'tiny',
    overrides: {
      optimizer: { name: REFERENCE_OPTIMIZER },
      model: { rule, gate: 'scalar' },
      train: { batchSize: BATCH },
    },
  });
  const engine = await createEngine({ threads: availableParallelism() });
  const trainee = createTrainee(config, engine);
  await trainee.step();
  return { step: () => trainee.step(), dispose: () => engine.dispose() };
}

const base = await training(BASE);
for (const rule of values.rules.split(',').filter((name) => name !== BASE)) {
  const tested = await training(rule);
  const times: { own: number[]; base: number[] } = { own: [], base: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    times.base.push(await base.step());
    times.own.push(await tested.step());
  }
  await tested.dispose();
  const speed = median(times.base) / median(times.own);
  const least = Math.min(...times.base) / Math.min(...times.own);
  console.log(`${rule}: ${speed.toFixed(2)} by medians, ${least.toFixed(2)} by least times`);
  const known = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>;
  const all = Object.entries({ ...known, [BASE]: 1, [rule]: Number(least.toFixed(2)) });
  writeFileSync(
    FILE,
    `${JSON.stringify(Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`,
  );
}
await base.dispose();
