/*
 * Fine-tunes a run on other text: `npx tsx fineTune.ts <run folder> <text> [new folder]`.
 */
import { argv } from 'node:process';
import { train } from 'pavlov-lm/api';

const [, , from, source, folder] = argv;
if (from === undefined || source === undefined) throw new Error('expected a run folder and a text');

const { out, step, validation } = await train({
  from,
  settings: {
    data: { source },
    train: { steps: 20, evalEvery: null },
    optimizer: { learningRate: 0.005 },
    out: folder ?? null,
  },
});
console.log(
  `${step} steps on ${source}: ${validation?.metrics.bitsPerByte?.toFixed(3)} bits per byte, in ${out}`,
);
