import { formatBar } from '../../format.js';
import type { Output } from '../../output.js';
import { createStatusLine } from '../../statusLine.js';
import type { Context, Outcome } from '../contract.js';

/** A measurement with progress, and how people read what it found. */
export interface Measurement<T> {
  /** What is under way, in a word: `timing`. */
  readonly doing: string;
  /** What is counted: `steps`. */
  readonly unit: string;
  readonly measure: (onProgress: (done: number, all: number) => void) => Promise<T>;
  readonly print: (output: Output, found: T) => void;
}

/** Measures under a bar, and prints what was found, as JSON where that is asked for. */
export async function follow<T>({ output }: Context, measurement: Measurement<T>): Promise<Outcome> {
  const { doing, unit, measure, print } = measurement;
  const status = createStatusLine(output);
  const found = await measure((done, all) =>
    status.show(`${doing} ${formatBar(done / all, 30)} ${done} of ${all} ${unit}`),
  );
  status.clear();
  if (output.json) output.document(found);
  else print(output, found);
  return undefined;
}
