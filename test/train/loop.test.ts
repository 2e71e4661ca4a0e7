import { describe, expect, it } from 'vitest';
import { CheckpointError, NonFiniteError } from '../../src/core/errors.js';
import type { LoopEvent } from '../../train/events.js';
import type { CheckpointFolder } from '../../train/job.js';
import { newProgress, type RunProgress } from '../../train/progress.js';
import { fine, follow, kinds, quiet, type Draw, type Told, type Validate } from './followLoop.js';
import { steadyClock } from './smallRun.js';

const fails = (error: Error) => async (): Promise<never> => Promise.reject(error);

/** Validates until it is asked to stop, which `stop` does at the n-th time. */
function stopping(at: number): { readonly validate: Validate; readonly signal: AbortSignal } {
  const controller = new AbortController();
  let times = 0;
  const validate: Validate = async (_, { signal }) => {
    times += 1;
    if (times === at) controller.abort(new Error('enough'));
    signal?.throwIfAborted();
    return { ...fine, score: 10 - times };
  };
  return { validate, signal: controller.signal };
}

describe('a run that is asked to stop while it validates', () => {
  const train = { ...quiet, steps: 4, evalEvery: 2, sampleEvery: 2, saveEvery: 2 };
  let saved = newProgress;
  const save: CheckpointFolder['save'] = async (progress) => {
    saved = progress;
    return `step ${progress.step}`;
  };

  it('saves and ends, and does all that was due again when it goes on', async () => {
    const first = await follow({ train }, { ...stopping(1), folder: { save } });
    expect(first.error).toBeUndefined();
    expect(kinds(first)).toEqual(['step 1', 'step 2', 'checkpoint 2', 'interrupted 2']);
    expect(saved).toMatchObject({ step: 2, intervalsLeft: true, curve: [], lossSteps: 2 });

    const next = await follow({ train }, { progress: saved, folder: { newest: 'step 2', save } });
    const whole = await follow({ train }, { folder: { save } });
    const withoutTime = ({ events }: Told): unknown[] =>
      events.map((event) => ({
        ...event,
        elapsedMs: 0,
        seconds: 0,
        tokensPerSecond: 0,
        checkpoint: null,
        path: '',
      }));
    const isDue = ({ type, step }: LoopEvent): boolean =>
      step > 2 || type === 'validation' || type === 'sample';
    const [resumed, wanted] = [next, whole].map((told) => ({ events: told.events.filter(isDue) }));
    expect(withoutTime(resumed!)).toEqual(withoutTime(wanted!));
  });

  it('ends the same way in its last validation, and comes to its end when it goes on', async () => {
    const first = await follow({ train }, { ...stopping(2), folder: { save } });
    expect(kinds(first).slice(-2)).toEqual(['checkpoint 4', 'interrupted 4']);
    const next = await follow({ train }, { progress: saved, folder: { newest: 'step 4', save } });
    expect(kinds(next)).toEqual(['validation 4', 'sample 4', 'done 4']);
  });

  it('is heard in a sample too', async () => {
    const controller = new AbortController();
    const draw: Draw = async (_, signal) => {
      controller.abort(new Error('enough'));
      signal?.throwIfAborted();
      return 'text';
    };
    const told = await follow({ train }, { draw, signal: controller.signal });
    expect(kinds(told)).toEqual(['step 1', 'step 2', 'validation 2', 'checkpoint 2', 'interrupted 2']);
  });
});

describe('trainLoop', () => {
  it('leaves out checkpoints that follow too soon, but not the last', async () => {
    const train = { ...quiet, steps: 6, saveEvery: 1 };
    const at = async (saveSpacingMs: number): Promise<string[]> => {
      const told = await follow({ train }, { saveSpacingMs, clock: steadyClock(10) });
      return kinds(told).filter((kind) => kind.startsWith('checkpoint'));
    };
    expect(await at(0)).toHaveLength(6);
    expect(await at(1e6)).toEqual(['checkpoint 6']);
    const some = await at(100);
    expect(some.length).toBeGreaterThan(1);
    expect(some.length).toBeLessThan(6);
  });

  it('validates, samples and saves between updates, in this order, when due', async () => {
    const told = await follow({ train: { ...quiet, steps: 4, evalEvery: 2, sampleEvery: 2, saveEvery: 2 } });
    expect(kinds(told)).toEqual([
      ...['step 1', 'step 2', 'validation 2', 'sample 2', 'checkpoint 2', 'step 3', 'step 4'],
      ...['checkpoint 4', 'validation 4', 'sample 4', 'done 4'],
    ]);
  });

  it('saves when validation is the best so far, unless told not to', async () => {
    const scores = [3, 2, 2.5, 2.5];
    const validate = async () => ({ ...fine, score: scores.shift() ?? 9 });
    const told = await follow({ train: { ...quiet, steps: 4, evalEvery: 1 } }, { validate });
    expect(kinds(told).filter((kind) => kind.startsWith('checkpoint'))).toEqual([
      'checkpoint 1',
      'checkpoint 2',
      'checkpoint 4',
    ]);
    expect(told.events.at(-1)).toMatchObject({ best: { step: 2, score: 2 } });
    const never = await follow({ train: { ...quiet, steps: 4, evalEvery: 1, saveBest: false } });
    expect(kinds(never).filter((kind) => kind.startsWith('checkpoint'))).toEqual(['checkpoint 4']);
  });

  it('warns when a look into the memories shows one that may diverge, and saves what the next is held against', async () => {
    const norms = [2, 3, 60];
    const head = { block: 0, head: 1, stateNorm: 1, effectiveRank: 1, keyInterference: 0, state: {} };
    const stability = { quantity: 'beta', bound: 2, largest: 2.5 };
    const inspect = async () => ({
      histograms: {},
      heads: [{ ...head, stability, largestStateNorm: norms.shift()! }],
    });
    const saved: unknown[] = [];
    const save: CheckpointFolder['save'] = async ({ step, stateNorms }) => {
      saved.push(stateNorms);
      return `step ${step}`;
    };
    const finalise: CheckpointFolder['finalise'] = async (path, { stateNorms }) => {
      expect(path).toBe('step 3');
      saved.push(stateNorms);
    };
    const train = { ...quiet, steps: 3, diagnosticsEvery: 1, saveEvery: 1 };
    const told = await follow({ train }, { job: { inspect }, folder: { save, finalise } });
    const warnings = told.events.flatMap((event) =>
      event.type === 'warning' ? [`${event.kind} ${event.step} ${event.value}`] : [],
    );
    expect(warnings).toEqual(['bound 1 2.5', 'bound 2 2.5', 'bound 3 2.5', 'growth 3 20']);
    expect(kinds(told).slice(0, 4)).toEqual(['step 1', 'diagnostics 1', 'warning 1', 'checkpoint 1']);
    // The last look comes after the last save.
    expect(saved).toEqual([2, 3, 3, 60].map((norm) => ({ 'block 0 head 1': norm })));
    // A run that goes on holds its first look against the last before.
    const progress = { ...newProgress, step: 2, stateNorms: { 'block 0 head 1': 3 } };
    norms.push(60);
    const rest = await follow({ train }, { job: { inspect }, progress, folder: { newest: 'step 2' } });
    expect(rest.events).toContainEqual(
      expect.objectContaining({ type: 'warning', kind: 'growth', value: 20 }),
    );
  });

  it('saves what was trained before it passes on a fault of a sample', async () => {
    const told = await follow({ train: { ...quiet, steps: 3 } }, { draw: fails(new Error('no voice')) });
    expect(kinds(told).slice(-2)).toEqual(['checkpoint 3', 'validation 3']);
    expect(told.error).toEqual(new Error('no voice'));
  });

  it('keeps all checkpoints until the last looks are taken, and sets aside weights that they find ruined', async () => {
    const saves: [number, boolean][] = [];
    const settled: string[] = [];
    const save: CheckpointFolder['save'] = async ({ step }, _cursor, keepAll) => {
      saves.push([step, keepAll]);
      return `step ${step}`;
    };
    const finalise = async (path: string): Promise<void> => void settled.push(path);
    const aside: number[] = [];
    const setAside = async (step: number): Promise<unknown> => aside.push(step);
    const config = { train: { ...quiet, steps: 3, saveEvery: 2 } };
    await follow(config, { folder: { save, finalise, setAside } });
    const wanted = [
      [2, false],
      [3, true],
    ];
    expect([saves.splice(0), settled.splice(0), aside]).toEqual([wanted, ['step 3'], []]);
    const ruined = new NonFiniteError('weights are ruined');
    const told = await follow(config, {
      folder: { save, finalise, setAside },
      validate: fails(ruined),
    });
    expect(told.error).toBe(ruined);
    expect([saves, settled, aside]).toEqual([wanted, [], [2]]);
  });

  it('leaves a disk that has refused alone', async () => {
    const [full, aside] = [new CheckpointError('disk full'), new Array<number>()];
    const setAside = async (step: number): Promise<unknown> => aside.push(step);
    const told = await follow(
      { train: { ...quiet, steps: 3 } },
      { validate: fails(full), folder: { setAside } },
    );
    expect([kinds(told).at(-1), told.error, aside]).toEqual(['checkpoint 3', full, []]);
  });

  it('tells the first fault when the rescue fails too', async () => {
    const setAside = fails(new CheckpointError('disk full'));
    const ruined = new NonFiniteError('weights are ruined');
    const told = await follow(
      { train: { ...quiet, steps: 2 } },
      { validate: fails(ruined), folder: { setAside } },
    );
    expect(told.error).toBe(ruined);
  });

  it('makes no update and saves nothing when asked to stop where it stands', async () => {
    const progress = { ...newProgress, step: 2 };
    const told = await follow(
      { train: { ...quiet, steps: 9 } },
      { progress, folder: { newest: 'step 2' }, stopAfter: 2 },
    );
    expect(told.events).toEqual([
      expect.objectContaining({ type: 'interrupted', step: 2, checkpoint: 'step 2', tokensPerSecond: null }),
    ]);
  });

  it('ends early once validation is good enough, and leaves a run that has ended as it is', async () => {
    const saved: RunProgress[] = [];
    const finalise: CheckpointFolder['finalise'] = async (_path, progress) => void saved.push(progress);
    const config = { train: { ...quiet, steps: 9, evalEvery: 2, diagnosticsEvery: 2 } };
    const scores = [3, 1];
    const validate = async () => ({ ...fine, score: scores.shift() ?? 9 });
    const isSolved = (score: number): boolean => score <= 1;
    const told = await follow(config, { validate, isSolved, folder: { finalise } });
    expect(kinds(told).slice(-5)).toEqual(['step 3', 'step 4', 'validation 4', 'checkpoint 4', 'done 4']);
    expect(told.events.at(-1)).toMatchObject({
      solved: true,
      validation: { step: 4, score: 1, final: false },
    });
    expect(saved).toHaveLength(1);
    const again = await follow(config, {
      isSolved,
      progress: saved[0]!,
      folder: { newest: 'step 4', finalise },
    });
    expect(again.events).toEqual([told.events.at(-1)]);
    expect(saved).toHaveLength(1);
  });

  it('gives each validation the mean loss since the one before', async () => {
    const { events } = await follow({ train: { ...quiet, steps: 4, evalEvery: 2 } });
    const losses = events.flatMap((event) => (event.type === 'validation' ? [event.loss] : []));
    expect(losses).toEqual([(1 + 1 / 2) / 2, (1 / 3 + 1 / 4) / 2]);
  });

  it('follows the schedule by the middle of each update', async () => {
    const schedule = { name: 'linear', warmup: 0, floor: 0 };
    const { events } = await follow({
      train: { ...quiet, steps: 4 },
      schedule,
      optimizer: { learningRate: 1 },
    });
    const rates = events.flatMap((event) => (event.type === 'step' ? [event.learningRate] : []));
    expect(rates).toEqual([0.875, 0.625, 0.375, 0.125]);
  });

  it('counts no time while a clock is set back, and keeps the learning rate within its bounds', async () => {
    let reading = 0;
    const clock = (): number => {
      reading++;
      return 1_700_000_000_000 + 500 * reading - (reading > 5 ? 3_600_000 : 0);
    };
    const schedule = { name: 'linear', warmup: 0, floor: 0 };
    const { events } = await follow(
      { train: { ...quiet, steps: null, minutes: 0.2 }, schedule, optimizer: { learningRate: 1 } },
      { clock },
    );
    const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
    expect(steps.length).toBeGreaterThan(2);
    for (const [i, { learningRate, elapsedMs, progress }] of steps.entries()) {
      expect(learningRate).toBeGreaterThanOrEqual(0);
      expect(learningRate).toBeLessThanOrEqual(steps[i - 1]?.learningRate ?? 1);
      expect(elapsedMs).toBeGreaterThanOrEqual(steps[i - 1]?.elapsedMs ?? 0);
      expect(progress).toBeGreaterThanOrEqual(0);
    }
    expect(events.at(-1)).toMatchObject({ type: 'done' });
  });

  it('reports the speed of updates alone, by the clock it is given', async () => {
    const { events } = await follow({ train: { ...quiet, steps: 3 } }, { clock: steadyClock(10) });
    // Two readings of the clock an update, 10 ms apart, and 48 tokens.
    expect(events.at(-1)).toMatchObject({ type: 'done', tokensPerSecond: 4800 });
  });
});
