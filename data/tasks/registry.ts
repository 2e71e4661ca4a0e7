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

const list: readonly Task[] = [
  mqar,
  associativeRecall,
  induction,
  selectiveCopy,
  noisyRecall,
  forgettingMqar,
  compositionalRecall,
  kHop,
  linearRegression,
  conditioning,
  icll,
  iclClassification,
  parity,
  s3,
  s5,
];

/** All tasks by name. A new task is its file and a line here. */
export const tasks: Readonly<Record<string, Task>> = Object.fromEntries(
  list.map((task) => [task.name, task]),
);
