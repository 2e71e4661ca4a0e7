/**
 * Times the reference model here and in PyTorch in one interleaved run:
 *
 *   npx tsx bench/peers/run.ts [--python /usr/bin/python3] [--rounds 8] [--steps 4] [--set model.gate=none] [--compile]
 *
 * The two take turns, a few steps each, so that a machine that changes its speed changes it for both.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createEngine } from '../../src/engine/createEngine.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import { median } from '../median.js';
import { createTrainee, REFERENCE_OPTIMIZER } from '../reference.js';
import { startTorch } from './torch.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '8' },
    steps: { type: 'string', default: '4' },
    set: { type: 'string', multiple: true, default: [] },
    compile: { type: 'boolean', default: false },
  },
});

const threads = availableParallelism();
const config = await resolveConfig({
  preset: 'tiny',
  overrides: { optimizer: { name: REFERENCE_OPTIMIZER } },
  sets: values.set,
});
const engine = await createEngine({ threads });
const trainee = createTrainee(config, engine);
const torch = await startTorch(config, { python: values.python, threads, compile: values.compile });
console.error(
  `pavlov ${trainee.parameters} weights, PyTorch ${torch.facts.torch} ${torch.facts.parameters} weights, ${threads} threads`,
);

const sides = { pavlov: () => trainee.step(), torch: () => torch.step() };
const times: Record<keyof typeof sides, number[]> = { pavlov: [], torch: [] };
for (const step of [sides.pavlov, sides.torch]) for (let i = 0; i < 3; i++) await step();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const name of ['pavlov', 'torch'] as const) {
    for (let i = 0; i < Number(values.steps); i++) times[name].push(await sides[name]());
  }
  console.error(
    `round ${round + 1}: ${median(times.pavlov).toFixed(0)} ms, PyTorch ${median(times.torch).toFixed(0)} ms`,
  );
}
torch.stop();
await engine.dispose();

const summary = (list: readonly number[]) => ({
  medianMs: median(list),
  minMs: Math.min(...list),
  tokensPerSecond: (trainee.tokensPerStep / median(list)) * 1000,
});
const [pavlov, peer] = [summary(times.pavlov), summary(times.torch)];
const ratio = { ofMedians: peer.medianMs / pavlov.medianMs, ofMinima: peer.minMs / pavlov.minMs };
console.log(JSON.stringify({ pavlov, torch: { ...torch.facts, ...peer }, ratio }, null, 2));
