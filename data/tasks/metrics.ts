import { NonFiniteError } from '../../src/core/errors.js';
import type { RightAnswer, TaskMetric, TaskShape } from './contract.js';

function candidateCount(shape: TaskShape): number {
  return shape.outputs.kind === 'classes' ? shape.outputs.candidates.length : 0;
}

function refuseNaN(where: string, value: number): void {
  if (Number.isNaN(value))
    throw new NonFiniteError(
      `${where}: expected numbers as predictions, got NaN; look at the step that went wrong`,
    );
}

/**
 * Is the class with the highest score right? Of several that tie, the share that is.
 *
 * So a prediction that says nothing scores exactly what guessing is expected to.
 */
export const accuracy: TaskMetric = {
  name: 'accuracy',
  unit: '',
  best: 'high',
  perfect: 1,
  doc: 'share of answers whose most likely class is right',
  of(prediction: Float32Array, right: RightAnswer): number {
    let top = -Infinity;
    let tied = 0;
    for (const score of prediction) {
      refuseNaN('accuracy', score);
      if (score > top) [top, tied] = [score, 1];
      else if (score === top) tied++;
    }
    let hits = 0;
    for (const right_ of right.accepted) if (prediction[right_] === top) hits++;
    return hits / tied;
  },
  chance: (right, shape) => right.accepted.length / candidateCount(shape),
};

/**
 * Total variation distance between the predicted probabilities and the uniform law on the right classes:
 *
 *   TVD = 1/2 sum_c | softmax(scores)_c - [c is right] / (number right) |
 */
export const totalVariation: TaskMetric = {
  name: 'tvd',
  unit: '',
  best: 'low',
  perfect: 0,
  doc: 'total variation distance to the uniform law on the right classes',
  of(prediction: Float32Array, right: RightAnswer): number {
    const top = prediction.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Float64Array.from(prediction, (score) => Math.exp(score - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    refuseNaN('tvd', sum);
    const share = 1 / right.accepted.length;
    let distance = 1;
    for (const c of right.accepted) {
      const p = (powers[c] ?? 0) / sum;
      distance += Math.abs(p - share) - p;
    }
    return distance / 2;
  },
  chance: (right, shape) => 1 - right.accepted.length / candidateCount(shape),
};
