import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Following } from '../data/index.js';
import type { Json } from '../src/checkpoint/manifest.js';
import { CheckpointError, NonFiniteError } from '../src/core/errors.js';
import { callback, made, optionsCheck, signal } from '../src/core/options.js';
import { count } from '../src/core/schema.js';
import type { RunConfig } from './config/schema.js';
import { stateNorms, warningsOf } from './diagnostics/warnings.js';
import type { EndEvent, LoopEvent, StepEvent, ValidationEvent } from './events.js';
import type { CheckpointFolder, Job } from './job.js';
import type { Clock } from './clock.js';
import { nextUpdates } from './pace.js';
import { Stopwatch, usedFraction, type Point, type RunProgress } from './progress.js';

/** The part of a config that the loop heeds. */
type LoopConfig = Pick<RunConfig, 'optimizer' | 'schedule'> & {
  readonly train: Pick<
    RunConfig['train'],
    'evalEvery' | 'saveEvery' | 'saveBest' | 'diagnosticsEvery' | 'onNonFinite'
  >;
};

export interface LoopParts {
  readonly config: LoopConfig;
  readonly job: Job;
  readonly folder: CheckpointFolder;
  readonly progress: RunProgress;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** End as an interruption would once so many updates are made. */
  readonly stopAfter?: number | undefined;
  /** Leave out a checkpoint that is due so soon after the one before, or after the start; 0 unless given. */
  readonly saveSpacingMs?: number | undefined;
  /** Told how far a validation is. */
  readonly onProgress?: Following['onProgress'];
}

const checkParts = optionsCheck<LoopParts>({
  config: made<LoopConfig>('a config'),
  job: made<Job>('a job'),
  folder: made<CheckpointFolder>('a folder of checkpoints'),
  progress: made<RunProgress>('the progress of a run'),
  clock: callback<Clock>(),
  signal: signal.optional(),
  stopAfter: count.optional(),
  saveSpacingMs: z.number().optional(),
  onProgress: callback<NonNullable<Following['onProgress']>>().optional(),
});

type Judge = Pick<Job, 'budget' | 'validator'>;

function isSolved({ validator }: Judge, { curve }: RunProgress): boolean {
  const last = curve.at(-1);
  return last !== undefined && validator.isSolved(last.score);
}

function isOver(job: Judge, progress: RunProgress): boolean {
  return usedFraction(job.budget, progress.step, progress.elapsedMs) >= 1 || isSolved(job, progress);
}

/** Whether the last validation has been made. */
function isFinished(job: Judge, progress: RunProgress): boolean {
  const { step, lastValidation } = progress;
  return lastValidation?.step === step && (lastValidation.final || isSolved(job, progress));
}

/** Whether a run that goes on from a checkpoint makes validation, diagnostics and sample of its last update again. */
export function repeatsIntervals(job: Judge, progress: RunProgress): boolean {
  return progress.intervalsLeft || (isOver(job, progress) && !isFinished(job, progress));
}

/** Mutable state of a loop, and its single actions, each of which gives its events. */
class Loop {
  private progress: RunProgress;
  private position: Json;
  private savedStep: number;
  private checkpoint: string | null;
  /** Step of the newest checkpoint before that of the last update, once the run ends. */
  private stepBefore: number | undefined;
  /** Steps that this session has validated, on the samples used at intervals, and inspected last. */
  private validatedStep: number | undefined;
  private inspectedStep: number | undefined;
  private readonly watch: Stopwatch;
  /** Reading of the watch at the newest checkpoint, or at the start. */
  private savedAtMs: number;

  constructor(private readonly parts: LoopParts) {
    const { progress, folder, job, clock } = parts;
    this.progress = progress;
    this.position = job.position;
    this.checkpoint = folder.newest;
    this.savedStep = folder.newest === null ? -1 : progress.step;
    this.watch = new Stopwatch(clock, progress.elapsedMs);
    this.savedAtMs = this.watch.elapsedMs;
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
    if (this.progress.intervalsLeft && !this.isOver()) yield* this.atIntervals();
    while (!this.isOver() && !this.isStopped()) {
      yield* this.update();
      if (this.isOver()) break;
      yield* this.atIntervals();
      // An engine may never wait for anything, and then no signal or message would ever come in.
      await setImmediate();
    }
    // Asked once: a budget in minutes may run out while a stopped run saves.
    const isOver = this.isOver();
    const isDone = isOver && (yield* this.finish());
    if (!isOver) yield* this.saveOnce();
    yield this.endEvent(isDone ? 'done' : 'interrupted');
  }

  /**
   * Does what is due after an update, as a whole or not at all: where the run is asked to stop meanwhile, it stands as
   * before, and it does all of it when it is resumed. Whether it came to the end.
   */
  private async *unlessStopped(
    intervals: () => AsyncGenerator<LoopEvent, void>,
  ): AsyncGenerator<LoopEvent, boolean> {
    const before = { ...this.progress, intervalsLeft: true };
    this.progress = { ...this.progress, intervalsLeft: false };
    try {
      yield* intervals();
      return true;
    } catch (error) {
      const { signal } = this.parts;
      if (!signal?.aborted || error !== signal.reason) throw error;
      this.progress = before;
      return false;
    }
  }

  /**
   * Saves, then validates for the last time, which may take long, and writes what that came to beside what is saved.
   * Only then older checkpoints go: validation may find that the last update has ruined the weights. A run that had
   * come to its end before is left as it is. Whether it came to its end: validation may be asked to stop.
   */
  private async *finish(): AsyncGenerator<LoopEvent, boolean> {
    const { step } = this.progress;
    const isValidated = isFinished(this.parts.job, this.progress);
    if (isValidated && this.savedStep === step) return true;
    this.stepBefore = this.savedStep;
    yield* this.saveOnce(true);
    if (!isValidated && !(yield* this.unlessStopped(() => this.lastIntervals()))) return false;
    this.takeTime();
    if (this.checkpoint !== null) await this.parts.folder.finalise(this.checkpoint, this.progress);
    return true;
  }

  /**
   * Saves what was trained before an error that has nothing to do with it, such as in a sample. Weights that
   * give no finite loss are not worth it, and a disk that has refused is not asked again.
   */
  private async *rescue(error: unknown): AsyncGenerator<LoopEvent, void> {
    if (error instanceof CheckpointError || this.progress.step === this.parts.progress.step) return;
    try {
      if (!(error instanceof NonFiniteError)) yield* this.saveOnce();
      else if (this.stepBefore !== undefined) await this.parts.folder.setAside(this.stepBefore);
    } catch {
      // The first error is the one to tell.
    }
  }

  private isSolved(): boolean {
    return isSolved(this.parts.job, this.progress);
  }

  private isOver(): boolean {
    return isOver(this.parts.job, { ...this.progress, elapsedMs: this.watch.elapsedMs });
  }

  private isStopped(): boolean {
    const { signal, stopAfter = Infinity } = this.parts;
    return signal?.aborted === true || this.progress.step >= stopAfter;
  }

  /** Whether the newest checkpoint is old enough for another. */
  private isSpaced(): boolean {
    const { saveSpacingMs = 0 } = this.parts;
    return saveSpacingMs === 0 || this.watch.elapsedMs - this.savedAtMs >= saveSpacingMs;
  }

  private async *update(): AsyncGenerator<LoopEvent, void> {
    const { config, job } = this.parts;
    const { step, skipped } = this.progress;
    const requests = nextUpdates(this.parts, this.progress, this.watch);
    const outcomes = await this.watch.time(() => job.updates(requests));
    for (const [i, { loss, gradNorm, applied, position }] of outcomes.entries()) {
      if (!applied) {
        yield { type: 'nonFinite', step: step + i + 1, loss, gradNorm, skipped: skipped + 1 };
        if (config.train.onNonFinite === 'stop') yield* this.giveUp(step + i + 1, loss, gradNorm);
      }
      this.advance(applied ? loss : null, position);
      if (applied) yield this.stepEvent(loss, gradNorm, requests[i]?.rate ?? NaN);
    }
  }

  /** Counts an update and its loss; null for one that was not applied. */
  private advance(loss: number | null, position: Json): void {
    const { step, tokens, skipped, lastLoss, lossSum, lossSteps } = this.progress;
    const { job } = this.parts;
    this.position = position;
    this.progress = {
      ...this.progress,
      step: step + 1,
      tokens: tokens + job.budget.tokensPerUpdate,
      skipped: skipped + (loss === null ? 1 : 0),
      lastLoss: loss ?? lastLoss,
      lossSum: lossSum + (loss ?? 0),
      lossSteps: lossSteps + (loss === null ? 0 : 1),
    };
  }

  private stepEvent(loss: number, gradNorm: number, learningRate: number): StepEvent {
    const { budget } = this.parts.job;
    const { step, tokens } = this.progress;
    const { elapsedMs } = this.watch;
    return {
      type: 'step',
      step,
      loss,
      gradNorm,
      learningRate,
      tokens,
      elapsedMs,
      tokensPerSecond: this.watch.updatesPerSecond * budget.tokensPerUpdate,
      progress: usedFraction(budget, step, elapsedMs),
    };
  }

  /** Saves what is good, and ends the run. */
  private async *giveUp(step: number, loss: number, gradNorm: number): AsyncGenerator<LoopEvent, void> {
    yield* this.saveOnce();
    throw new NonFiniteError(
      `train step ${step}: expected a finite loss and gradient, got loss ${loss} and gradient norm ${gradNorm}; ` +
        `the update was not applied, the last good checkpoint is ${this.checkpoint ?? 'none'}; ` +
        `lower optimizer.learningRate, or go on with train.onNonFinite=skip`,
    );
  }

  private async *atIntervals(): AsyncGenerator<LoopEvent, void> {
    yield* this.unlessStopped(() => this.intervals());
  }

  private async *intervals(): AsyncGenerator<LoopEvent, void> {
    const { config, job } = this.parts;
    const { evalEvery, diagnosticsEvery, saveEvery, saveBest } = config.train;
    const { step } = this.progress;
    const isDue = (every: number | null | undefined): boolean =>
      typeof every === 'number' && step % every === 0;
    const validation = isDue(evalEvery) ? await this.validate(false) : undefined;
    if (validation) yield validation;
    if (this.isSolved()) return;
    if (isDue(diagnosticsEvery)) yield* this.inspect();
    if (isDue(job.sample?.every)) yield* this.sample();
    if (this.isSpaced() && isDue(saveEvery)) yield* this.saveOnce();
    else if (saveBest && validation?.best) yield* this.saveOnce();
  }

  /** The last validation, diagnostics and sample. */
  private async *lastIntervals(): AsyncGenerator<LoopEvent, void> {
    const { config, job } = this.parts;
    const { step } = this.progress;
    const isDue = config.train.evalEvery !== null && !job.validator.validatesAll;
    // A budget in minutes may run out while the intervals of its last step are under way.
    if (isDue && this.validatedStep !== step) yield await this.validate(false);
    yield await this.validate(true);
    if (config.train.diagnosticsEvery !== null && this.inspectedStep !== step) yield* this.inspect();
    yield* this.sample();
  }

  private async validate(final: boolean): Promise<ValidationEvent> {
    const { validator } = this.parts.job;
    const { step, tokens, best, curve, lossSum, lossSteps } = this.progress;
    const { signal, onProgress } = this.parts;
    const scores = await validator.validate(final, { signal, onProgress });
    const loss = lossSteps === 0 ? null : lossSum / lossSteps;
    const point: Point = { step, tokens, loss, ...scores, final };
    const isComparable = !final || validator.validatesAll;
    const isBest = isComparable && (best === null || validator.isBetter(point.score, best.score));
    this.progress = {
      ...this.progress,
      best: isBest ? { step, score: point.score } : best,
      // A step has one point: a run may be resumed to validate the step again that it was saved at.
      curve: isComparable ? [...curve.filter((other) => other.step !== step), point] : curve,
      lastValidation: point,
      lossSum: 0,
      lossSteps: 0,
    };
    if (!final) this.validatedStep = step;
    return { type: 'validation', ...point, best: isBest };
  }

  /** Histograms and diagnostics of the memories, and warnings where they say that one may diverge. */
  private async *inspect(): AsyncGenerator<LoopEvent, void> {
    const { step, stateNorms: before } = this.progress;
    this.inspectedStep = step;
    const { histograms: values, heads } = await this.parts.job.inspect();
    if (Object.keys(values).length > 0) yield { type: 'histograms', step, values };
    if (heads.length === 0) return;
    yield { type: 'diagnostics', step, heads };
    for (const warning of warningsOf(step, heads, before ?? {})) yield { type: 'warning', step, ...warning };
    this.progress = { ...this.progress, stateNorms: stateNorms(heads) };
  }

  private async *sample(): AsyncGenerator<LoopEvent, void> {
    const { sample } = this.parts.job;
    if (!sample) return;
    const { step } = this.progress;
    yield { type: 'sample', step, prompt: sample.prompt, text: await sample.draw(step, this.parts.signal) };
  }

  /** Takes time and speed into the progress. */
  private takeTime(): void {
    const speed = this.watch.medianUpdatesPerSecond;
    this.progress = {
      ...this.progress,
      elapsedMs: this.watch.elapsedMs,
      ...(speed !== null && { tokensPerSecond: speed * this.parts.job.budget.tokensPerUpdate }),
    };
  }

  private async *saveOnce(keepAll = false): AsyncGenerator<LoopEvent, void> {
    const { step } = this.progress;
    if (this.savedStep === step) return;
    this.takeTime();
    const path = await this.parts.folder.save(this.progress, this.position, keepAll);
    this.savedStep = step;
    this.savedAtMs = this.watch.elapsedMs;
    this.checkpoint = path;
    yield { type: 'checkpoint', step, path };
  }

  private endEvent(type: EndEvent['type']): EndEvent {
    const { step, tokens, skipped, best, curve, lastLoss, lastValidation, ...progress } = this.progress;
    return {
      type,
      step,
      tokens,
      skipped,
      best,
      curve,
      checkpoint: this.checkpoint,
      trainLoss: lastLoss,
      validation: lastValidation,
      solved: this.isSolved(),
      tokensPerSecond: progress.tokensPerSecond,
      seconds: progress.elapsedMs / 1000,
    };
  }
}

/**
 * Trains until the budget is used, validation is good enough or someone asks to stop, and tells what happens; the
 * last event is the end.
 *
 * Between two updates, in this order and when due: validation, diagnostics, sample, checkpoint. A run that is
 * asked to stop saves and ends after the update under way. A finished run saves, validates on all samples and
 * generates text. A loss or gradient that is not finite is not applied; the run saves what it had and ends, or goes on.
 *
 * @throws NonFiniteError, with step, norm and last good checkpoint, unless `train.onNonFinite` is `skip`.
 */
export function trainLoop(parts: LoopParts): AsyncGenerator<LoopEvent, void> {
  return new Loop(checkParts('trainLoop', parts)).run();
}
