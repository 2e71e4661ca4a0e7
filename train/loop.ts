import type { Batch } from '../data/index.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import { CheckpointError, lookUp, NonFiniteError } from '../src/core/errors.js';
import { rateAt, schedules } from '../src/optim/schedules.js';
import type { Clock } from './clock.js';
import type { RunConfig } from './config/schema.js';
import type { EndEvent, LoopEvent, StepEvent, ValidationEvent } from './events.js';
import type { Inspection } from './diagnostics/inspector.js';
import { scheduleProgress, tokensPerUpdate, usedPart, type RunProgress } from './progress.js';
import type { Updater } from './step.js';
import { Stopwatch } from './stopwatch.js';
import type { Validation } from './validate.js';
import { stateNorms, warningsOf } from './diagnostics/warnings.js';

/** A stream of training batches whose place can be saved. */
export interface BatchSource {
  next(): Batch;
  readonly state: object;
}

/** What the loop is made of; it decides when, these do. */
export interface LoopParts {
  readonly config: RunConfig;
  readonly updater: Updater;
  readonly batches: BatchSource;
  readonly progress: RunProgress;
  /** Validates on the stories used at intervals, or on all. */
  readonly validate: (all: boolean) => Promise<Validation>;
  /** Whether both of these are the same stories. */
  readonly validatesAll: boolean;
  readonly sample: (step: number) => Promise<string>;
  /** Looks into the memories as the weights are now. */
  readonly inspect: () => Promise<Inspection>;
  /** Saves weights and moments as they are now, deletes older checkpoints unless all are kept, and gives the path. */
  readonly save: (progress: RunProgress, cursor: JsonObject, keepAll: boolean) => Promise<string>;
  /** Writes what the last looks came to into the newest checkpoint, and deletes older ones. */
  readonly settle: (path: string, progress: RunProgress) => Promise<void>;
  /** Moves the checkpoints after a step out of the way. */
  readonly setAside: (step: number) => Promise<unknown>;
  /** Newest checkpoint of the run so far, for a run that goes on. */
  readonly checkpoint: string | null;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** End as an interruption would once so many updates are made. */
  readonly stopAfter?: number | undefined;
}

/** Mutable state of a loop, and its single actions, each of which gives its events. */
class Loop {
  private progress: RunProgress;
  private cursor: JsonObject;
  private savedStep: number;
  private checkpoint: string | null;
  /** Step of the newest checkpoint before that of the last update, once the last looks are under way. */
  private stepBefore: number | undefined;
  private readonly watch: Stopwatch;

  constructor(private readonly parts: LoopParts) {
    this.progress = parts.progress;
    this.cursor = cursorOf(parts.batches);
    this.checkpoint = parts.checkpoint;
    this.savedStep = parts.checkpoint === null ? -1 : parts.progress.step;
    this.watch = new Stopwatch(parts.clock, parts.progress.elapsedMs);
  }

  async *run(): AsyncGenerator<LoopEvent, void> {
    try {
      yield* this.train();
    } catch (error) {
      yield* this.rescue(error);
      throw error;
    }
  }

  private async *train(): AsyncGenerator<LoopEvent, void> {
    while (!this.isOver() && !this.isStopped()) {
      yield* this.update();
      if (this.isOver()) break;
      yield* this.atIntervals();
    }
    // Asked once: a budget in minutes may run out while a stopped run saves.
    const type = this.isOver() ? 'done' : 'interrupted';
    if (type === 'done') yield* this.finish();
    else yield* this.saveOnce();
    yield this.endEvent(type);
  }

  /**
   * Saves, then takes the last looks, which may be long, and writes what they came to beside what is saved. Only then
   * older checkpoints go: a look may find that the last update has ruined the weights.
   */
  private async *finish(): AsyncGenerator<LoopEvent, void> {
    this.stepBefore = this.savedStep;
    yield* this.saveOnce(true);
    yield* this.lastLooks();
    if (this.checkpoint !== null) await this.parts.settle(this.checkpoint, this.timedProgress());
  }

  /**
   * Saves what was trained before a fault that has nothing to do with it, such as in a sample. Weights that
   * give no finite loss are not worth it, and a disk that has refused is not asked again.
   */
  private async *rescue(error: unknown): AsyncGenerator<LoopEvent, void> {
    if (error instanceof CheckpointError || this.progress.step === this.parts.progress.step) return;
    try {
      if (!(error instanceof NonFiniteError)) yield* this.saveOnce();
      else if (this.stepBefore !== undefined) await this.parts.setAside(this.stepBefore);
    } catch {
      // The first fault is the one to tell.
    }
  }

  private isOver(): boolean {
    return usedPart(this.parts.config, this.progress.step, this.watch.elapsedMs) >= 1;
  }

  private isStopped(): boolean {
    const { signal, stopAfter = Infinity } = this.parts;
    return signal?.aborted === true || this.progress.step >= stopAfter;
  }

  private async *update(): AsyncGenerator<LoopEvent, void> {
    const { config, updater, batches } = this.parts;
    const { step, skipped } = this.progress;
    const learningRate = this.learningRate();
    const micro = Array.from({ length: config.train.accumulationSteps }, () => batches.next());
    const request = { t: step - skipped + 1, rate: learningRate };
    const outcome = await this.watch.time(async () => updater.update(micro, request));
    if (!outcome.applied) {
      const lost = { step: step + 1, lossNats: outcome.lossNats, gradNorm: outcome.gradNorm };
      yield { type: 'nonFinite', ...lost, skipped: skipped + 1 };
      if (config.train.onNonFinite === 'stop') yield* this.giveUp(lost);
    }
    this.advance(outcome.applied ? outcome.lossNats : this.progress.lastLossNats, outcome.applied);
    if (outcome.applied) yield this.stepEvent(outcome.lossNats, outcome.gradNorm, learningRate);
  }

  private learningRate(): number {
    const { optimizer, schedule } = this.parts.config;
    const progress = scheduleProgress(this.parts.config, this.progress.step, this.watch.elapsedMs);
    return (
      optimizer.learningRate * rateAt(lookUp('schedule.name', schedules, schedule.name), schedule, progress)
    );
  }

  private advance(lastLossNats: number | null, applied: boolean): void {
    const { step, tokens, skipped } = this.progress;
    this.cursor = cursorOf(this.parts.batches);
    this.progress = {
      ...this.progress,
      step: step + 1,
      tokens: tokens + tokensPerUpdate(this.parts.config),
      skipped: skipped + (applied ? 0 : 1),
      lastLossNats,
    };
  }

  private stepEvent(lossNats: number, gradNorm: number, learningRate: number): StepEvent {
    const { config } = this.parts;
    const { step, tokens } = this.progress;
    const { elapsedMs } = this.watch;
    return {
      type: 'step',
      step,
      lossNats,
      gradNorm,
      learningRate,
      tokens,
      elapsedMs,
      tokensPerSecond: this.watch.updatesPerSecond * tokensPerUpdate(config),
      progress: usedPart(config, step, elapsedMs),
    };
  }

  /** Saves what is good, and ends the run. */
  private async *giveUp(lost: {
    step: number;
    lossNats: number;
    gradNorm: number;
  }): AsyncGenerator<LoopEvent, void> {
    yield* this.saveOnce();
    throw new NonFiniteError(
      `train step ${lost.step}: expected a finite loss and gradient, got loss ${lost.lossNats} and gradient norm ${lost.gradNorm}; ` +
        `the update was not applied, the last good checkpoint is ${this.checkpoint ?? 'none'}; ` +
        `lower optimizer.learningRate, or go on with train.onNonFinite=skip`,
    );
  }

  private async *atIntervals(): AsyncGenerator<LoopEvent, void> {
    const { train } = this.parts.config;
    const { step } = this.progress;
    const isDue = (every: number | null): boolean => every !== null && step % every === 0;
    const validation = isDue(train.evalEvery) ? await this.validate(false) : undefined;
    if (validation) yield validation;
    if (isDue(train.diagnosticsEvery)) yield* this.inspect();
    if (isDue(train.sampleEvery)) yield* this.sample();
    if (isDue(train.saveEvery) || (train.saveBest && validation?.best)) yield* this.saveOnce();
  }

  /** The last validation, sample and look into the memories. */
  private async *lastLooks(): AsyncGenerator<LoopEvent, void> {
    const { config, validatesAll } = this.parts;
    if (config.train.evalEvery !== null && !validatesAll) yield await this.validate(false);
    yield await this.validate(true);
    if (config.train.diagnosticsEvery !== null) yield* this.inspect();
    yield* this.sample();
  }

  private async validate(final: boolean): Promise<ValidationEvent> {
    const { validate, validatesAll } = this.parts;
    const { step, best } = this.progress;
    const { lossNats, bitsPerByte, stories } = await validate(final);
    const isComparable = !final || validatesAll;
    const isBest = isComparable && (best === null || bitsPerByte < best.bitsPerByte);
    this.progress = {
      ...this.progress,
      best: isBest ? { step, bitsPerByte } : best,
      lastValidation: { lossNats, bitsPerByte },
    };
    return { type: 'validation', step, lossNats, bitsPerByte, stories, final, best: isBest };
  }

  /** Histograms and diagnostics of the memories, and warnings where they say that one may diverge. */
  private async *inspect(): AsyncGenerator<LoopEvent, void> {
    const { step, stateNorms: before } = this.progress;
    const { histograms: values, heads } = await this.parts.inspect();
    if (Object.keys(values).length > 0) yield { type: 'histograms', step, values };
    if (heads.length === 0) return;
    yield { type: 'diagnostics', step, heads };
    for (const warning of warningsOf(step, heads, before ?? {})) yield { type: 'warning', step, ...warning };
    this.progress = { ...this.progress, stateNorms: stateNorms(heads) };
  }

  private async *sample(): AsyncGenerator<LoopEvent, void> {
    const { step } = this.progress;
    const { prompt } = this.parts.config.sample;
    yield { type: 'sample', step, prompt, text: await this.parts.sample(step) };
  }

  private timedProgress(): RunProgress {
    return { ...this.progress, elapsedMs: this.watch.elapsedMs };
  }

  private async *saveOnce(keepAll = false): AsyncGenerator<LoopEvent, void> {
    const { step } = this.progress;
    if (this.savedStep === step) return;
    const path = await this.parts.save(this.timedProgress(), this.cursor, keepAll);
    this.savedStep = step;
    this.checkpoint = path;
    yield { type: 'checkpoint', step, path };
  }

  private endEvent(type: EndEvent['type']): EndEvent {
    const { step, tokens, skipped, best, lastLossNats, lastValidation } = this.progress;
    const speed = this.watch.medianUpdatesPerSecond;
    return {
      type,
      step,
      tokens,
      skipped,
      best,
      checkpoint: this.checkpoint,
      trainLossNats: lastLossNats,
      valLossNats: lastValidation?.lossNats ?? null,
      valBitsPerByte: lastValidation?.bitsPerByte ?? null,
      tokensPerSecond: speed === null ? null : speed * tokensPerUpdate(this.parts.config),
    };
  }
}

/** Where a stream stands, as JSON; its own type is that of another room. */
function cursorOf({ state }: BatchSource): JsonObject {
  return { ...state }; // cursors promise JSON
}

/**
 * Trains until the budget is used or someone asks to stop, and tells what happens; the last event is the end.
 *
 * Between two updates, in this order and when due: validation, a look into the memories, sample, checkpoint. A run that is
 * asked to stop saves and ends after the update under way. A finished run saves, validates on all stories and
 * samples. A loss or gradient that is not finite is not applied; the run saves what it had and ends, or goes on.
 *
 * @throws NonFiniteError, with step, norm and last good checkpoint, unless `train.onNonFinite` is `skip`.
 */
export function trainLoop(parts: LoopParts): AsyncGenerator<LoopEvent, void> {
  return new Loop(parts).run();
}
