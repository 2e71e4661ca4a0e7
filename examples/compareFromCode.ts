/*
 * Compares two published models on a task and prints means and verdict: `npx tsx compareFromCode.ts [folder]`.
 */
import { argv } from 'node:process';
import { compare } from 'pavlov-lm/api';

const result = await compare({
  task: 'induction',
  likes: ['deltanet', 'gated-deltanet'],
  seeds: 2,
  sets: ['train.samples=64', 'train.evalSamples=16', 'model.width=16', 'model.layers=1', 'model.mlpWidth=0'],
  out: argv[2] ?? 'checkpoints/compared',
});
if (result.type === 'interrupted') throw new Error(`${result.finished} of ${result.cells} cells are done`);
for (const task of result.comparison.tasks) {
  for (const { label, test } of task.variants)
    console.log(`${label}: ${test?.mean.toFixed(3)} ${task.metric}`);
  for (const finding of task.findings) console.log(finding);
}
console.log(`report in ${result.out}`);
