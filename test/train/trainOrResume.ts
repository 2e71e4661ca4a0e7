/**
 * Trains the small run into a folder, or goes on with it where it holds a checkpoint; prints each checkpoint's
 * step. Arguments: folder of the stories, run folder, updates, device.
 */
import { listCheckpoints } from '../../src/checkpoint/store.js';
import type { TrainEvent } from '../../train/events.js';
import { resumeRun, trainRun } from '../../train/run.js';
import type { DeviceName } from '../support/device.js';
import { busyEveryStep, smallRun, steadyClock } from './smallRun.js';

const [source = '', out = '', steps = '', device = 'cpu'] = process.argv.slice(2);
const onEvent = (event: TrainEvent): void => {
  if (event.type === 'checkpoint') process.stdout.write(`${event.step}\n`);
};
const options = { clock: steadyClock(), onEvent };
if ((await listCheckpoints(out)).length > 0) await resumeRun({ folder: out, ...options });
else
  await trainRun({
    config: await smallRun(source, out, busyEveryStep(Number(steps), device as DeviceName)),
    ...options,
  });
