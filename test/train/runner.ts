import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Progress } from '../../data/index.js';
import type { PavlovError } from '../../src/core/errors.js';
import { SpareSessions } from '../../src/engine/graph/spareSessions.js';
import type { PartialConfig } from '../../train/config/schema.js';
import type { TrainEvent } from '../../train/events.js';
import { resumeRun, trainRun, type ResumeRequest, type RunSummary } from '../../train/run.js';
import { smallRun, steadyClock, writeStories } from './smallRun.js';

export interface Run {
  readonly out: string;
  readonly events: TrainEvent[];
  readonly summary: RunSummary;
}

export interface How {
  readonly stopAfter?: number;
  readonly onEvent?: (event: TrainEvent) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  readonly tickMs?: number;
  readonly out?: string;
}

/** Most runs of a test file have the same graphs: to make them ready takes longer than to train. */
const spare = new SpareSessions();

/** Makes small runs over the same stories in a folder of its own. */
export class Runner {
  private runs = 0;

  private constructor(
    readonly home: string,
    readonly source: string,
  ) {}

  static async create(): Promise<Runner> {
    const home = await mkdtemp(join(tmpdir(), 'pavlov-run-'));
    return new Runner(home, await writeStories(home));
  }

  async dispose(): Promise<void> {
    await rm(this.home, { recursive: true });
  }

  /** A run folder that is not there yet. */
  newFolder(): string {
    return join(this.home, `run-${++this.runs}`);
  }

  async train(overrides: PartialConfig = {}, how: How = {}): Promise<Run> {
    const { out = this.newFolder(), tickMs, onEvent, ...rest } = how;
    const config = await smallRun(this.source, out, overrides);
    const events: TrainEvent[] = [];
    const keep = (event: TrainEvent): void => {
      events.push(event);
      onEvent?.(event);
    };
    const summary = await trainRun({ config, clock: steadyClock(tickMs), onEvent: keep, spare, ...rest });
    return { out, events, summary };
  }
}

export const resume = async (folder: string, rest: Partial<ResumeRequest> = {}): Promise<RunSummary> =>
  resumeRun({ folder, clock: steadyClock(), spare, ...rest });

/** The message of the error that an action must fail with. */
export async function failure<E extends PavlovError>(
  kind: new (message: string) => E,
  action: Promise<unknown>,
): Promise<string> {
  return action.then(
    () => expect.fail('expected it to fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(kind);
      return (error as Error).message;
    },
  );
}

/** The lines of a run's metrics. */
export const metricsOf = async (out: string): Promise<{ type: string; step: number }[]> =>
  (await readFile(join(out, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; step: number });

/** The events of one kind. */
export const ofType = <T extends TrainEvent['type']>(
  events: readonly TrainEvent[],
  type: T,
): Extract<TrainEvent, { type: T }>[] =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);
