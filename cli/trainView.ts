import { counted } from '../src/core/text.js';
import type { Progress } from '../data/index.js';
import type { RunSummary, TrainEvent } from '../train/index.js';
import { formatCount, formatSeconds } from './format.js';
import { validationTrend } from './trend.js';
import { type Output, type StatusLine, createStatusLine, showWork } from './output.js';

/** How much longer an update takes by steps than in chunks, in round numbers (docs/log.md). */
const STEPS_FACTOR = 3;

type EventOf<T extends TrainEvent['type']> = Extract<TrainEvent, { readonly type: T }>;

/** A run as people follow it: a status line on a terminal, lines at intervals in a pipe. */
export class TrainView {
  private readonly status: StatusLine;
  private lastSample: EventOf<'sample'> | undefined;
  private isText = false;

  constructor(private readonly output: Output) {
    this.status = createStatusLine(output, true);
  }

  /** Shows one event. */
  show(event: TrainEvent): void {
    switch (event.type) {
      case 'encoding':
        return this.showEncoding(event);
      case 'start':
        return this.showStart(event);
      case 'step':
        return this.showStep(event);
      case 'validation':
        return this.showValidation(event);
      case 'sample':
        this.lastSample = event;
        return;
      case 'nonFinite':
        return this.status.say(
          `step ${event.step}: loss ${event.loss}, gradient norm ${event.gradNorm}; update skipped (${event.skipped} so far)`,
        );
      case 'warning':
        return this.status.say(this.output.colours.yellow(`warning: ${event.message}`));
      case 'histograms':
      case 'diagnostics':
      case 'checkpoint':
      case 'done':
      case 'interrupted':
        return;
    }
  }

  /** Shows how far something is that takes long. */
  progress(how: Progress): void {
    showWork(this.status, how);
  }

  /** The last sample with its prompt. */
  get sample(): string | undefined {
    return this.lastSample && `${this.lastSample.prompt}${this.lastSample.text}`;
  }

  /** Prints the summary of the run: losses and the checkpoint; as the last word also a sample and what to do next. */
  end(summary: RunSummary, isLast: boolean): void {
    const { type, step, validation, tokensPerSecond, checkpoint, out, curve } = summary;
    const { sample } = this;
    if (isLast && sample !== undefined && type === 'done') {
      this.status.say(`\n${this.output.colours.italic(sample)}\n`);
    }
    const speed = tokensPerSecond === null ? '' : `, ${formatCount(tokensPerSecond)} tokens/s`;
    const scores = validation === null ? '' : `, validation ${scoresOf(validation, ', ')}`;
    this.status.say(`${type} after step ${step}${scores}${speed}`);
    this.status.say(`checkpoint ${checkpoint ?? 'none'}`);
    if (type === 'interrupted') this.status.say(`resume with: pavlov resume ${out}`);
    else if (isLast && this.isText) {
      const trend = validationTrend(curve);
      if (trend !== undefined) this.status.say(trend);
      this.status.say(`generate with: pavlov generate ${out} --prompt "..."`);
    }
  }

  /** Takes the drawn line away, so that an error can be printed. */
  clear(): void {
    this.status.clear();
  }

  private showEncoding({ event }: EventOf<'encoding'>): void {
    if (event.type === 'remark') this.status.say(event.text);
    if (event.type === 'cacheDamaged')
      this.status.say(`cache ${event.path}: ${event.reason}; encoding again`);
    if (event.type === 'cacheUnwritable')
      this.status.say(`cache ${event.path}: ${event.reason}; continuing without it`);
  }

  private showStart(event: EventOf<'start'>): void {
    const { out, step, budget, parameters, text, engine, device, threads, bySteps = [] } = event;
    this.isText = text !== undefined;
    const from = step === 0 ? 'training' : `resuming after step ${step}:`;
    const data = text
      ? ` (vocabulary ${formatCount(text.vocabularySize)}) on ` +
        `${counted(text.trainStories, 'story', formatCount(text.trainStories))}, ${counted(text.trainTokens, 'token', formatCount(text.trainTokens))}`
      : '';
    this.status.say(`${from} ${formatCount(parameters)} parameters${data}`);
    const used = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    this.status.say(
      `${budget.amount} ${budget.unit}, ${engine} engine on ${device}${used}, run folder ${out}`,
    );
    for (const rule of bySteps) {
      this.status.say(`rule ${rule} has no chunk form: it runs by steps, about ${STEPS_FACTOR} x slower`);
    }
    this.status.begin(0);
  }

  private showStep(event: EventOf<'step'>): void {
    const { step, loss, tokensPerSecond, elapsedMs, progress } = event;
    const eta = formatSeconds((elapsedMs / 1000) * (1 / progress - 1));
    const facts = `step ${step}  loss ${loss.toFixed(4)}  ${formatCount(tokensPerSecond)} tokens/s  ETA ${eta}`;
    this.status.progress(progress, facts);
  }

  private showValidation(event: EventOf<'validation'>): void {
    const { step, samples, best } = event;
    const mark = best ? '  best' : '';
    this.status.say(
      `       step ${step}  validation ${scoresOf(event, '  ')} (${counted(samples, 'sample', formatCount(samples))})${mark}`,
    );
  }
}

/** Units of the scores of text; those of a task go by their names. */
const UNITS: Readonly<Record<string, string>> = { loss: 'nats/token', bitsPerByte: 'bits/byte' };

/** `2.1000 nats/token, 0.8000 bits/byte` */
function scoresOf({ metrics }: Pick<EventOf<'validation'>, 'metrics'>, between: string): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${value.toFixed(4)} ${UNITS[name] ?? name}`)
    .join(between);
}
