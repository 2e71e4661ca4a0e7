import { lookUp } from '../src/core/errors.js';
import { rateAt, schedules } from '../src/optim/schedules.js';
import type { RunConfig } from './config/schema.js';
import type { Job } from './job.js';
import { scheduleProgress, updatesOf, type Budget, type RunProgress, type Stopwatch } from './progress.js';
import type { UpdateRequest } from './updater.js';

/** Updates that are made together take about so long at most: someone who asks to stop waits for them. */
const LONGEST_SECONDS = 1;

/**
 * Updates left until a budget is used: of minutes by the speed so far, 1 where there is none yet.
 *
 * @param updatesPerSecond 0 before the first update.
 */
function updatesLeft(budget: Budget, step: number, elapsedMs: number, updatesPerSecond: number): number {
  if (budget.unit !== 'minutes') return updatesOf(budget) - step;
  const left = budget.amount * 60_000 - elapsedMs;
  return updatesPerSecond > 0 ? Math.ceil((left / 1000) * updatesPerSecond) : 1;
}

interface Parts {
  readonly config: Pick<RunConfig, 'optimizer' | 'schedule'> & {
    readonly train: Pick<RunConfig['train'], 'evalEvery' | 'saveEvery' | 'diagnosticsEvery'>;
  };
  readonly job: Pick<Job, 'budget' | 'sample' | 'updatesTogether'>;
  readonly stopAfter?: number | undefined;
}

type Speed = Pick<Stopwatch, 'elapsedMs' | 'updatesPerSecond'>;

/** As many updates as the job gains by, up to the next thing that is due and to the end, for about a second. */
function updatesToMake({ config, job, stopAfter = Infinity }: Parts, step: number, speed: Speed): number {
  const { evalEvery, diagnosticsEvery, saveEvery } = config.train;
  const due = [evalEvery, diagnosticsEvery, saveEvery, job.sample?.every].flatMap((every) =>
    typeof every === 'number' ? [every - (step % every)] : [],
  );
  const { elapsedMs, updatesPerSecond } = speed;
  const most = Math.min(
    job.updatesTogether,
    updatesLeft(job.budget, step, elapsedMs, updatesPerSecond),
    stopAfter - step,
    Math.ceil(LONGEST_SECONDS * updatesPerSecond),
    ...due,
  );
  return Math.max(1, most);
}

/** The updates that a run makes next, with their learning rates: one, or several together. */
export function nextUpdates(
  parts: Parts,
  { step, skipped }: Pick<RunProgress, 'step' | 'skipped'>,
  speed: Speed,
): UpdateRequest[] {
  const { optimizer, schedule } = parts.config;
  const curve = lookUp('schedule.name', schedules, schedule.name);
  const rateOf = (at: number): number => {
    const progress = scheduleProgress(parts.job.budget, at, speed.elapsedMs);
    return optimizer.learningRate * rateAt(curve, schedule, progress);
  };
  return Array.from({ length: updatesToMake(parts, step, speed) }, (_, i) => {
    return { t: step + i - skipped + 1, rate: rateOf(step + i) };
  });
}
