import { associativeRecall } from './associativeRecall.js';
import { compositionalRecall } from './compositionalRecall.js';
import { conditioning } from './conditioning.js';
import type { Task } from './contract.js';
import { forgettingMqar } from './forgettingMqar.js';
import { iclClassification } from './iclClassification.js';
import { icll } from './icll.js';
import { induction } from './induction.js';
import { kHop } from './kHop.js';
import { linearRegression } from './linearRegression.js';
import { mqar } from './mqar.js';
import { noisyRecall } from './noisyRecall.js';
import { parity } from './parity.js';
import { selectiveCopy } from './selectiveCopy.js';
import { s3, s5 } from './wordProblem.js';

/** Every task of this project by name. A new one is its file and its line here. */
const own = {
  mqar,
  'associative-recall': associativeRecall,
  induction,
  'selective-copy': selectiveCopy,
  'noisy-recall': noisyRecall,
  'forgetting-mqar': forgettingMqar,
  'compositional-recall': compositionalRecall,
  'k-hop': kHop,
  'linear-regression': linearRegression,
  conditioning,
  icll,
  'icl-classification': iclClassification,
  parity,
  s3,
  s5,
};

/** The name of a task of this project. */
export type TaskName = keyof typeof own;

/** Every task by name. */
export const tasks: Readonly<Record<string, Task>> = own;
