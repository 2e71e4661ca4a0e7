import { numberParam } from 'pavlov-lm';
import { accuracy, type PresetPart, type Task, type TaskPreset } from 'pavlov-lm/data';

const part = (length: number, samples: number): PresetPart => {
  return { name: `${length} tokens`, settings: { length }, samples };
};

const smoke: TaskPreset = {
  doc: 'ten digits in rows of 16, tested on rows twice as long',
  settings: { digits: 10, length: 16 },
  train: [part(16, 20_000)],
  validation: [part(16, 200)],
  test: [part(16, 300), part(32, 300)],
  recipe: { layers: 1, width: 32, heads: 2 },
};

/** Random digits: after each of them, what is the largest so far? */
const runningMax: Task = {
  name: 'running-max',
  title: 'Running maximum',
  asks: 'Random digits: after each, what is the largest so far?',
  source: 'As defined here.',
  settings: {
    digits: { default: 10, range: [2, 1000], unit: 'digits', doc: 'different digits, from 0' },
    length: { default: 16, range: [2, 4096], unit: 'tokens', doc: 'digits in a row' },
  },
  slices: { position: { doc: 'digits read before the answer', by: 'octave' } },
  presets: { smoke },
  check: () => [],
  open(settings) {
    const [digits, length] = [numberParam(settings, 'digits'), numberParam(settings, 'length')];
    const largest = (inputs: ArrayLike<number>, position: number): number =>
      Math.max(...Array.from(inputs).slice(0, position + 1));
    const positions = Int32Array.from({ length }, (_, t) => t);
    return {
      shape: {
        sequenceLength: length,
        scored: length,
        inputs: { kind: 'tokens', vocabulary: digits },
        outputs: {
          kind: 'classes',
          classes: digits,
          candidates: Int32Array.from({ length: digits }, (_, i) => i),
        },
      },
      metrics: [accuracy],
      draw(rng) {
        const inputs = Int32Array.from({ length }, () => rng.below(digits));
        return {
          inputs,
          positions,
          targets: positions.map((t) => largest(inputs, t)),
          slices: { position: positions.map((t) => t + 1) },
        };
      },
      solve: ({ inputs, positions: asked }) =>
        Array.from(asked, (position) => Int32Array.of(largest(inputs, position))),
    };
  },
};

export default runningMax;
