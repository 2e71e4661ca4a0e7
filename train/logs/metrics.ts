import { open, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../src/checkpoint/diskFault.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';

const METRICS_FILE = 'metrics.jsonl';

/** A line of the metrics: an object with at least a type and a step. */
export type MetricsLine = JsonObject & { readonly type: string; readonly step: number };

/** Appends lines to `metrics.jsonl`. Every line is handed to the system at once, so a kill loses none. */
export class MetricsLog {
  private constructor(private readonly file: FileHandle) {}

  /**
   * Opens the metrics of a run to go on after a step: lines of later steps, and a last line that was cut off,
   * are removed first.
   */
  static async open(folder: string, step: number): Promise<MetricsLog> {
    const path = join(folder, METRICS_FILE);
    await cut(path, step);
    return new MetricsLog(await open(path, 'a'));
  }

  async write(line: MetricsLine): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function cut(path: string, step: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const kept = text
    .split(/(?<=\n)/)
    .filter((line) => stepOf(line) <= step)
    .join('');
  if (kept === text) return;
  await writeFile(`${path}.new`, kept);
  await rename(`${path}.new`, path);
}

/** The step of a line; infinite for one that was cut off, which so falls away. */
function stepOf(line: string): number {
  if (!line.endsWith('\n')) return Infinity;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'step' in value && typeof value.step === 'number'
      ? value.step
      : Infinity;
  } catch {
    return Infinity;
  }
}
