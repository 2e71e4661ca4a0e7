import { counted } from '../../src/core/text.js';
import { join } from 'node:path';
import { diskFault } from '../../src/checkpoint/diskFault.js';
import { replaceFile } from '../../src/core/atomicFile.js';
import type { Clock } from '../clock.js';
import type { TrainEvent } from '../events.js';
import { headJson, headScalars, histogramJson, jsonNumber } from './lines.js';
import { MetricsLog, type ResumePoint } from './metrics.js';
import { TensorBoardLog } from './tensorBoard.js';

const SAMPLE_FILE = 'sample.txt';

const refused = (folder: string, error: unknown): unknown =>
  diskFault(`run folder ${folder}`, 'write its logs', error);

/** `bits per byte` for `bitsPerByte`. */
const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Writes what a run tells into its folder: `metrics.jsonl`, a TensorBoard event file and `sample.txt`. */
export class RunLog {
  private constructor(
    private readonly folder: string,
    private readonly logEvery: number,
    private readonly metrics: MetricsLog,
    private readonly board: TensorBoardLog,
  ) {}

  /**
   * Opens the logs of a run that has made `from.step` updates; what they say of later ones is void.
   *
   * @throws CheckpointError when the disk refuses.
   */
  static async open(folder: string, from: ResumePoint, logEvery: number, clock: Clock): Promise<RunLog> {
    try {
      const metrics = await MetricsLog.open(folder, from);
      const board = await TensorBoardLog.open(folder, from.step + 1, clock);
      return new RunLog(folder, logEvery, metrics, board);
    } catch (error) {
      throw refused(folder, error);
    }
  }

  /**
   * Writes one event, where it is one to write.
   *
   * @throws CheckpointError when the disk refuses.
   */
  async write(event: TrainEvent): Promise<void> {
    try {
      await this.writeEvent(event);
    } catch (error) {
      throw refused(this.folder, error);
    }
  }

  private async writeEvent(event: TrainEvent): Promise<void> {
    switch (event.type) {
      case 'step': {
        const { step } = event;
        if (step !== 1 && step % this.logEvery !== 0) return;
        const { loss, learningRate, gradNorm, tokensPerSecond } = event;
        await this.metrics.write({ ...event });
        return this.board.scalars(step, {
          'loss/train': loss,
          'train/learning rate': learningRate,
          'train/gradient norm': gradNorm,
          'speed/tokens per second': tokensPerSecond,
        });
      }
      case 'validation': {
        const { step, metrics, final, samples } = event;
        await this.metrics.write({ ...event });
        const which = `validation, ${final ? 'all ' : ''}${counted(samples, 'sample')}`;
        const tagged = Object.entries(metrics).map(
          ([name, value]) => [`${inWords(name)}/${which}`, value] as const,
        );
        return this.board.scalars(step, Object.fromEntries(tagged));
      }
      case 'histograms': {
        const { type, step, values } = event;
        const lines = Object.entries(values).map(([tag, own]) => [tag, histogramJson(own)] as const);
        await this.metrics.write({ type, step, values: Object.fromEntries(lines) });
        return this.board.histograms(step, values);
      }
      case 'diagnostics':
        await this.metrics.write({ type: event.type, step: event.step, heads: event.heads.map(headJson) });
        return this.board.scalars(event.step, headScalars(event.heads));
      case 'warning':
        await this.metrics.write({ ...event, value: jsonNumber(event.value) });
        return this.board.text(event.step, 'warning', event.message);
      case 'sample': {
        const text = event.prompt + event.text;
        await replaceFile(join(this.folder, SAMPLE_FILE), [`${text}\n`]);
        return this.board.text(event.step, 'sample', text);
      }
      case 'nonFinite':
        // JSON has no NaN and no infinity.
        return this.metrics.write({
          ...event,
          loss: String(event.loss),
          gradNorm: String(event.gradNorm),
        });
      case 'checkpoint':
      case 'encoding':
      case 'start':
      case 'done':
      case 'interrupted':
        return undefined;
    }
  }

  async close(): Promise<void> {
    await this.metrics.close();
    await this.board.close();
  }
}
