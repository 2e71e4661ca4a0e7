/*
 * Trains a small model on the built-in stories and lets it write: `npx tsx trainFromCode.ts [run folder]`.
 */
import { argv } from 'node:process';
import { generate, train } from 'pavlov-lm/api';

const { out, parameters, validation } = await train({
  preset: 'smoke',
  settings: {
    model: { rule: 'delta', gate: 'scalar', width: 32, layers: 1, mlpWidth: 64 },
    train: { steps: 40, evalEvery: null, diagnosticsEvery: null },
    out: argv[2] ?? null,
  },
  onEvent: (event) => {
    if (event.type === 'step' && event.step % 20 === 0)
      console.log(`step ${event.step}  loss ${event.loss.toFixed(2)}`);
  },
});
console.log(
  `${parameters} parameters, ${validation?.metrics.bitsPerByte?.toFixed(3)} bits per byte, in ${out}`,
);

const { text } = await generate(out, 'Once upon a time', { tokens: 30, seed: 1 });
console.log(`Once upon a time${text}`);
