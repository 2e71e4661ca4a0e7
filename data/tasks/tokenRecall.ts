import type { Baseline, TaskDraw } from './contract.js';
import { at } from './drawing.js';
import { accuracy } from './metrics.js';

/** The sizes of a task that asks for tokens of its row. */
interface TokenRecall extends Pick<TaskDraw, 'draw' | 'solve'> {
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

/**
 * Guesses evenly among the candidates that the row has shown up to the position asked; among all while it has shown
 * none. What a model scores that knows which answers are about, and nothing of what belongs to what.
 */
function seenSoFar(classes: number, candidates: Int32Array): Baseline {
  const isCandidate = new Uint8Array(classes);
  for (const candidate of candidates) isCandidate[candidate] = 1;
  const all = Float32Array.from(isCandidate, (is) => (is === 1 ? 0 : -Infinity));
  return ({ inputs, positions }) => {
    const seen = new Float32Array(classes).fill(-Infinity);
    let [t, any] = [0, false];
    return Array.from(positions, (position) => {
      for (; t <= position; t++) {
        const token = at(inputs, t);
        if (isCandidate[token] !== 1) continue;
        seen[token] = 0;
        any = true;
      }
      return any ? seen.slice() : all;
    });
  };
}
