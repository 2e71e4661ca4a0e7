import type { PartialConfig } from '../../train/config/schema.js';
import type { LoopEvent } from '../../train/events.js';
import type { CheckpointFolder, Job } from '../../train/job.js';
import { trainLoop, type LoopParts } from '../../train/loop.js';
import { newProgress } from '../../train/progress.js';
import { budgetOf } from '../../train/stories.js';
import { smallRun, steadyClock } from './smallRun.js';

export interface Told {
  readonly events: LoopEvent[];
  readonly error?: unknown;
}

export const fine = { score: 1, metrics: { loss: 1, bitsPerByte: 1 }, parts: [], samples: 1 };

export type Validate = Job['validator']['validate'];
export type Draw = NonNullable<Job['sample']>['draw'];

interface Stubs extends Partial<Omit<LoopParts, 'job' | 'folder'>> {
  readonly job?: Partial<Job>;
  readonly validate?: Validate;
  readonly isSolved?: (score: number) => boolean;
  readonly draw?: Draw;
  readonly folder?: Partial<CheckpointFolder>;
}

/** Runs the loop over parts that only count, so that faults can be put where they are wanted. */
export async function follow(
  overrides: PartialConfig,
  { job, folder, validate, draw, isSolved, ...parts }: Stubs = {},
): Promise<Told> {
  const events: LoopEvent[] = [];
  const config = await smallRun('text', 'out', overrides);
  const loop = trainLoop({
    config,
    job: {
      budget: budgetOf(config),
      updates: async (requests) =>
        requests.map(({ t }) => ({ loss: 1 / t, gradNorm: 1, applied: true, position: t })),
      updatesTogether: 1,
      position: 0,
      validator: {
        validate: validate ?? (async () => fine),
        validatesAll: true,
        isBetter: (score, than) => score < than,
        isSolved: isSolved ?? (() => false),
      },
      sample: { every: config.train.sampleEvery, prompt: 'Once', draw: draw ?? (async () => 'text') },
      inspect: async () => ({ histograms: {}, heads: [] }),
      ...job,
    },
    folder: {
      newest: null,
      save: async ({ step }) => `step ${step}`,
      finalise: async () => undefined,
      setAside: async () => undefined,
      ...folder,
    },
    progress: newProgress,
    clock: steadyClock(),
    ...parts,
  });
  try {
    for await (const event of loop) events.push(event);
    return { events };
  } catch (error) {
    return { events, error };
  }
}

export const kinds = ({ events }: Told): string[] => events.map(({ type, step }) => `${type} ${step}`);

/** Nothing but updates. */
export const quiet = { evalEvery: null, saveEvery: null, sampleEvery: null, diagnosticsEvery: null };
