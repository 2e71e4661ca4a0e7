import { lstat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../src/checkpoint/diskFault.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { openToAppend, replaceFile } from '../../src/core/atomicFile.js';
import { readWhole } from '../../src/core/wholeFile.js';

const METRICS_FILE = 'metrics.jsonl';

/** A line of the metrics: an object with at least a type and a step. */
export type MetricsLine = JsonObject & { readonly type: string; readonly step: number };

/** Where a run goes on. */
export interface ResumePoint {
  readonly step: number;
  /** Whether validation and diagnostics of that step will be made again. */
  readonly repeatsIntervals: boolean;
}

/** Lines that an update gives, not an interval. */
const OF_UPDATES: ReadonlySet<unknown> = new Set(['step', 'nonFinite']);

/** Appends lines to `metrics.jsonl`. Every line is handed to the system at once, so a kill loses none. */
export class MetricsLog {
  private constructor(private readonly file: FileHandle) {}

  /**
   * Opens the metrics of a run to go on after a step: lines of later steps, those that will come again, and a last
   * line that was cut off are removed first.
   */
  static async open(folder: string, from: ResumePoint): Promise<MetricsLog> {
    const path = join(folder, METRICS_FILE);
    await cut(path, from);
    return new MetricsLog(await openToAppend(path));
  }

  async write(line: MetricsLine): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function cut(path: string, from: ResumePoint): Promise<void> {
  const text = await readWhole(path).then(String, (error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const kept = text
    .split(/(?<=\n)/)
    .filter((line) => isKept(line, from))
    .join('');
  // In a folder from elsewhere it may be a link, which is not to be written through.
  const found = await lstat(path).catch(() => undefined);
  if (kept === text && found?.isSymbolicLink() !== true) return;
  await replaceFile(path, [kept]);
}

/** Whether a line stays true; one that was cut off does not. */
function isKept(line: string, from: ResumePoint): boolean {
  if (!line.endsWith('\n')) return false;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return false;
    if (!('step' in value) || typeof value.step !== 'number') return false;
    if (value.step !== from.step || !from.repeatsIntervals) return value.step <= from.step;
    return 'type' in value && OF_UPDATES.has(value.type);
  } catch {
    return false;
  }
}
