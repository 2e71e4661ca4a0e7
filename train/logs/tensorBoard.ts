import { readdir, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openToAppend } from '../../src/core/atomicFile.js';
import type { Clock } from '../clock.js';
import {
  encodeEvent,
  histogramOf,
  SESSION_START,
  textValue,
  type EventMessage,
  type SummaryValue,
} from './eventMessages.js';
import { encodeRecord } from './tfRecord.js';

const FILE_VERSION = 'brain.Event:2';
const PREFIX = 'events.out.tfevents.';

/** Writes a TensorBoard event file. Every event is handed to the system at once, so a kill loses none. */
export class TensorBoardLog {
  private constructor(
    private readonly file: FileHandle,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins a new event file in a run folder.
   *
   * @param firstStep first step that will be logged; what earlier files say of it and later ones is void.
   */
  static async open(folder: string, firstStep: number, clock: Clock): Promise<TensorBoardLog> {
    // TensorBoard reads the files of a folder in the order of their names.
    const earlier = (await readdir(folder)).filter((name) => name.startsWith(PREFIX)).length;
    const seconds = String(Math.floor(clock() / 1000)).padStart(10, '0');
    const name = `${PREFIX}${seconds}.${hostname()}.${process.pid}.${earlier}`;
    const log = new TensorBoardLog(await openToAppend(join(folder, name)), clock);
    await log.write({ fileVersion: FILE_VERSION });
    await log.write({ step: firstStep, sessionLog: { status: SESSION_START } });
    return log;
  }

  /** Numbers of a step by tag. */
  async scalars(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    await this.summary(
      step,
      Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue })),
    );
  }

  /** Distributions of a step by tag. */
  async histograms(step: number, values: Readonly<Record<string, Float32Array>>): Promise<void> {
    await this.summary(
      step,
      Object.entries(values).map(([tag, data]) => ({ tag, histo: histogramOf(data) })),
    );
  }

  /** A text of a step. */
  async text(step: number, tag: string, text: string): Promise<void> {
    await this.summary(step, [textValue(tag, text)]);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async summary(step: number, value: readonly SummaryValue[]): Promise<void> {
    if (value.length > 0) await this.write({ step, summary: { value } });
  }

  private async write(event: Omit<EventMessage, 'wallTime'>): Promise<void> {
    await this.file.appendFile(encodeRecord(encodeEvent({ wallTime: this.clock() / 1000, ...event })));
  }
}
