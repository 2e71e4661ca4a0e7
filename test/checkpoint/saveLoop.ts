/**
 * Saves step after step into a folder and prints each step once it is saved; ends by a signal, or after
 * `steps`. Arguments: folder, values a tensor, steps.
 */
import { latestStep } from './latestStep.js';
import { saveCheckpoint } from '../../src/checkpoint/store.js';
import { contentsAt } from './contents.js';

const [folder = '', size = '6', steps = 'Infinity'] = process.argv.slice(2);
const first = (await latestStep(folder)) + 1;
try {
  for (let step = first; step < first + Number(steps); step++) {
    await saveCheckpoint(folder, contentsAt(step, Number(size)));
    process.stdout.write(`${step}\n`);
  }
} catch (error) {
  process.stdout.write(`failed: ${(error as Error).message}\n`);
}
