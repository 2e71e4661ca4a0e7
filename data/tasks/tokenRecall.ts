import type { TaskDraw } from './contract.js';
import { accuracy } from './metrics.js';
import { seenSoFar } from './seenSoFar.js';

/** The sizes of a task that asks for tokens of its row. */
export interface TokenRecall extends Pick<TaskDraw, 'draw' | 'solve'> {
  /** T. */
  readonly length: number;
  /** The most positions that one sample scores. */
  readonly scored: number;
  readonly vocabulary: number;
  /** Tokens that can be right at all, ascending. */
  readonly answers: Int32Array;
}

/** A task of tokens whose answers are tokens: scored by accuracy, beside a guess among the answers shown so far. */
export function tokenRecall({ length, scored, vocabulary, answers, draw, solve }: TokenRecall): TaskDraw {
  return {
    shape: {
      sequenceLength: length,
      scored,
      inputs: { kind: 'tokens', vocabulary },
      outputs: { kind: 'classes', classes: vocabulary, candidates: answers },
    },
    metrics: [accuracy],
    baselines: { 'shown so far': seenSoFar(vocabulary, answers) },
    draw,
    solve,
  };
}
