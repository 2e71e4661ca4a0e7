import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawBetween, wholeRange } from './drawing.js';
import { accuracy } from './metrics.js';
import { numbersOf, oneOf, recipe, whole } from './settings.js';

/** Operators are the tokens after the numbers, in this order; the padding comes last. */
const OPERATORS = ['+', '-', '*'] as const;

function byNumbers(minNumbers: number, maxNumbers: number, samples: number): PresetPart {
  return { name: `${minNumbers} to ${maxNumbers} numbers`, settings: { minNumbers, maxNumbers }, samples };
}

const modulo = (value: number, modulus: number): number => ((value % modulus) + modulus) % modulus;

/** The value of an expression so far: the sum of the finished terms and the term that a product may go on. */
interface Value {
  readonly sum: number;
  readonly term: number;
}

/** The value after an operator and a number. Products go before sums, so they only change the last term. */
function after({ sum, term }: Value, operator: string | undefined, number: number, modulus: number): Value {
  if (operator === '*') return { sum, term: modulo(term * number, modulus) };
  return { sum: modulo(sum + term, modulus), term: operator === '-' ? modulo(-number, modulus) : number };
}

/** The value of tokens number, operator, number, ... by their terms. */
function evaluate(tokens: readonly number[], modulus: number): number {
  const terms: number[] = [];
  for (let i = 0; i < tokens.length; i += 2) {
    const operator = i === 0 ? '+' : OPERATORS[at(tokens, i - 1) - modulus];
    const number = at(tokens, i);
    if (operator === '*') terms.push(modulo((terms.pop() ?? 0) * number, modulus));
    else terms.push(operator === '-' ? -number : number);
  }
  return modulo(
    terms.reduce((sum, term) => sum + term, 0),
    modulus,
  );
}

function openArithmetic(settings: Params): TaskDraw {
  const { minNumbers, maxNumbers, modulus } = numbersOf(settings, 'minNumbers', 'maxNumbers', 'modulus');
  const padding = modulus + OPERATORS.length;
  const length = 2 * maxNumbers - 1;
  const atEnd = settings.answers === 'last';

  function draw(rng: Rng): TaskSample {
    const numbers = drawBetween(rng, minNumbers, maxNumbers);
    const used = 2 * numbers - 1;
    const inputs = new Int32Array(length).fill(padding);
    const targets = new Int32Array(numbers);
    let value: Value = { sum: 0, term: 0 };
    for (let t = 0; t < used; t += 2) {
      const operator = rng.below(OPERATORS.length);
      const number = rng.below(modulus);
      if (t > 0) inputs[t - 1] = modulus + operator;
      inputs[t] = number;
      value = after(value, t === 0 ? '+' : OPERATORS[operator], number, modulus);
      targets[t / 2] = modulo(value.sum + value.term, modulus);
    }
    const first = atEnd ? numbers - 1 : 0;
    const positions = wholeRange(first, numbers).map((i) => 2 * i);
    return {
      inputs,
      positions,
      targets: targets.slice(first),
      slices: { numbers: wholeRange(first + 1, numbers + 1) },
    };
  }

  return {
    shape: {
      sequenceLength: length,
      scored: atEnd ? 1 : maxNumbers,
      inputs: { kind: 'tokens', vocabulary: padding + 1 },
      outputs: { kind: 'classes', classes: padding + 1, candidates: wholeRange(0, modulus) },
    },
    metrics: [accuracy],
    draw,
    solve: ({ inputs, positions }: Question) =>
      Array.from(positions, (t) => Int32Array.of(evaluate(Array.from(inputs.subarray(0, t + 1)), modulus))),
  };
}

/** Sums, differences and products without brackets: a state of modulus squared values. */
export const modularArithmetic: Task = {
  name: 'modular-arithmetic',
  suites: ['state-tracking'],
  title: 'Modular arithmetic',
  asks: 'Numbers with plus, minus and times between them, products first: what is the value, modulo five?',
  source:
    'Deletang et al. 2023, arXiv:2207.02098 (without brackets); automl/unlocking_state_tracking; deviation: asked at the ' +
    'last number, not at a sign after it',
  settings: {
    minNumbers: whole('numbers')(2, [1, 32_768], 'fewest numbers', 'Grazzi et al.: 3 tokens'),
    maxNumbers: whole('numbers')(
      20,
      [1, 32_768],
      'most numbers; T is 2 x this - 1',
      'Grazzi et al.: 40 tokens',
    ),
    modulus: whole('values')(5, [2, 1000], 'numbers are below it', 'Deletang et al.'),
    answers: oneOf(
      ['last', 'every'],
      '`last`: asked at the last number; `every`: at each number, which teaches far faster',
    ),
  },
  slices: { numbers: { doc: 'numbers read before the answer', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'up to eight numbers, asked at each, tested to 32',
      settings: { minNumbers: 2, maxNumbers: 8, answers: 'every' },
      train: [byNumbers(2, 8, 50_000)],
      validation: [byNumbers(2, 8, 200)],
      test: [byNumbers(2, 8, 500), byNumbers(8, 32, 500)],
    },
    small: {
      doc: 'the published lengths, asked at each number',
      settings: { minNumbers: 2, maxNumbers: 20, answers: 'every' },
      train: [byNumbers(2, 20, 320_000)],
      validation: [byNumbers(2, 20, 500)],
      test: [byNumbers(2, 20, 1000), byNumbers(20, 128, 1000)],
    },
    paper: {
      doc: 'trained on up to 20 numbers, chosen and tested on 20 to 128',
      settings: { minNumbers: 2, maxNumbers: 20, answers: 'last' },
      train: [byNumbers(2, 20, 102_400_000)],
      validation: [byNumbers(20, 128, 1024)],
      test: [byNumbers(20, 128, 8192)],
      recipe: recipe(
        { layers: 2, width: 128, heads: 4 },
        { batch: 256, steps: 100_000, learningRates: [1e-3], weightDecay: 0.1, warmup: 0.1 },
        'DeltaNet with short convolution 4; AdamW, warm-up 10,000; vocabulary of 10',
      ),
      source: 'automl/unlocking_state_tracking xlstm/experiments',
    },
  },
  check: ({ minNumbers, maxNumbers }) =>
    Number(minNumbers) <= Number(maxNumbers)
      ? []
      : [`minNumbers of at most maxNumbers ${maxNumbers}, got ${minNumbers}; lower it`],
  open: openArithmetic,
};
