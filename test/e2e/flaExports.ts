/**
 * Writes models with random weights for flash-linear-attention, of each type that it has, reads them back and writes them
 * again, which must give the same bytes. Argument: an empty folder; the exports are its folders `fla-*`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTrainedModel } from '../../eval/index.js';
import { exportModel, importFla } from '../../export/index.js';
import { FLA_MODELS } from '../export/flaModels.js';
import { randomRun } from '../export/randomRun.js';

const [folder = ''] = process.argv.slice(2);
let count = 0;
for (const [name, sets] of Object.entries(FLA_MODELS)) {
  count += 1;
  const at = (form: string): string => join(folder, `${form}-${count}`);
  const trained = await randomRun(at('run'), sets);
  await exportModel(trained, 'fla', at('fla'));
  trained.model.dispose();
  const back = await openTrainedModel((await importFla(at('fla'), at('back'))).path);
  await exportModel(back, 'fla', at('again'));
  back.model.dispose();
  const [first, second] = ['fla', 'again'].map((form) => readFileSync(join(at(form), 'model.safetensors')));
  if (!first?.equals(second ?? Buffer.alloc(0))) throw new Error(`${name}: other weights after coming back`);
}
