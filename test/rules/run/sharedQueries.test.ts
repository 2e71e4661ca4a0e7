import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../../src/core/errors.js';
import { sizeOf } from '../../../src/core/shapes.js';
import { tf } from '../../../src/core/tf.js';
import type { LearningRule } from '../../../src/rules/contract.js';
import { repeatedInputs } from '../../../src/rules/run/sharedQueries.js';
import { rules } from '../../../src/rules/registry.js';
import { runRule } from '../../../src/rules/run/runRule.js';
import '../../support/close.js';
import type { DecayKind, NamedNumbers, Numbers } from '../../../src/verify/ruleCase.js';
import { formsOf, ruleCase, runCase, type CaseOptions, type RuleCase } from '../../support/ruleCase.js';
import { bothEngines } from '../../support/engines.js';
import { ALL } from '../../support/share.js';
import { THOROUGH } from '../../support/ruleSets.js';

const tensorOf = ({ shape, values }: Numbers): tf.Tensor => tf.tensor(values, [...shape]);

const G = 3;
const CLOSE = { rtol: 1e-4, atol: 1e-5 };
const sizes = { B: 2, H: 2, K: 5, V: 3, T: 9 } as const;

const engines = await bothEngines();

/** A case with G queries per memory. */
function sharedCase(options: CaseOptions): RuleCase {
  const [on, wide] = [ruleCase(options), ruleCase({ ...options, H: G * options.H, seed: 2 })];
  return {
    ...on,
    inputs: { ...on.inputs, q: wide.inputs.q! },
    lossWeights: { ...on.lossWeights, outputs: wide.lossWeights.outputs! },
  };
}

/** Each head of `[B,M,..]` G times in a row; `once` keeps the first and makes the others zero. */
function repeated({ shape, values }: Numbers, once = false): Numbers {
  const [B = 0, M = 0, ...rest] = shape;
  const size = sizeOf(rest);
  const copies = Array.from({ length: B * M }, (_, n) => values.subarray(n * size, (n + 1) * size)).flatMap(
    (head) => Array.from({ length: G }, (_, g) => (once && g > 0 ? head.map(() => 0) : head)),
  );
  return { shape: [B, G * M, ...rest], values: Float32Array.from(copies.flatMap((head) => [...head])) };
}

/** The same with a memory of its own for each query; the loss reads the state of one of each G. */
function repeatedCase(on: RuleCase): RuleCase {
  const each = (arrays: NamedNumbers, own: string, once: boolean): NamedNumbers =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, x]) => [name, name === own ? x : repeated(x, once)]),
    );
  return {
    ...on,
    inputs: each(on.inputs, 'q', false),
    lossWeights: each(on.lossWeights, 'outputs', true),
  };
}

/** The sum over each G heads in a row: the gradient of what was repeated. */
function summed(values: Float32Array, [B = 0, M = 0, ...rest]: readonly number[]): Float32Array {
  const size = sizeOf(rest);
  const total = new Float32Array(B * M * size);
  values.forEach((x, n) => {
    total[Math.floor(n / (G * size)) * size + (n % size)]! += x;
  });
  return total;
}

/** The first of each G heads in a row. */
function first(values: Float32Array, [B = 0, M = 0, ...rest]: readonly number[]): Float32Array {
  const size = sizeOf(rest);
  return Float32Array.from(
    { length: B * M * size },
    (_, n) => values[Math.floor(n / size) * G * size + (n % size)]!,
  );
}

/**
 * Of the thorough rules one kind on the graph engine and all on the eager one, of the others the widest on the eager one;
 * with PAVLOV_ALL=1 one of them on the graph engine too.
 */
function decaysOf(rule: string, engine: string): readonly DecayKind[] {
  const isThorough = THOROUGH.includes(rule);
  if (engine === 'graph') return isThorough || ALL ? ['head'] : [];
  return isThorough ? ['none', 'head', 'channel'] : ['channel'];
}

describe.each(engines)('several queries per memory on $name', (engine) => {
  const names = Object.keys(rules).flatMap((rule) =>
    decaysOf(rule, engine.name).map((decay) => [rule, decay] as const),
  );

  it.each(names)('equal a memory per query: %s with %s', async (rule, decay) => {
    const on = sharedCase({ ...sizes, rule, decay, documents: true });
    const apart = repeatedCase(on);
    for (const options of formsOf(on, 4)) {
      const [got, wanted] = [await runCase(engine, on, options), await runCase(engine, apart, options)];
      for (const [name, { values, shape }] of Object.entries(got)) {
        const whole = wanted[name]!.values;
        const own = name === 'outputs' || name === 'gradient of q';
        const folded = name.startsWith('gradient of ') ? summed(whole, shape) : first(whole, shape);
        expect(values, name).toBeAllClose(own ? whole : folded, CLOSE);
      }
    }
  });
});

/** Floating-point operations of matrix products and of element-wise kernels while a function runs. */
async function countFlops(run: () => tf.Tensor[]): Promise<{ products: number; others: number }> {
  const { kernels } = await tf.profile(() => tf.tidy(run));
  let [products, others] = [0, 0];
  for (const { name, inputShapes, outputShapes } of kernels) {
    const size = sizeOf(outputShapes[0] ?? []);
    if (['Multiply', 'Add', 'AddV2', 'Sub', 'Exp', 'Neg'].includes(name)) others += size;
    if (name !== 'BatchMatMul') continue;
    // Of [a,b] and [b,c] in any order of axes: the sizes multiply to a b b c, those of the product to a c.
    const both = inputShapes.flatMap((shape) => shape.slice(-2));
    products += 2 * size * Math.sqrt(sizeOf(both) / sizeOf(outputShapes[0]!.slice(-2)));
  }
  return { products, others };
}

describe('the work of shared memories', () => {
  const sharing = Object.values(rules).filter(({ sharedReads }) => sharedReads === true);
  const big = { B: 1, H: 1, K: 16, V: 16, T: 64, decay: 'head', state: false } as const;

  /** Work of the outputs and of the gradient of their sum by every input. */
  async function workOf(rule: LearningRule, { inputs }: RuleCase, isRepeated: boolean) {
    const names = Object.keys(inputs);
    const read = (...tensors: tf.Tensor[]): tf.Tensor => {
      const named = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      const { q, k, v, logDecay } = named;
      const signals = Object.fromEntries(
        Object.entries(named).flatMap(([name, x]) =>
          name.startsWith('signals.') ? [[name.slice('signals.'.length), x]] : [],
        ),
      );
      const xs = { q: q!, k: k!, v: v!, logDecay, signals };
      return runRule(rule, isRepeated ? repeatedInputs(xs) : xs, { chunkSize: 32 }).outputs;
    };
    const tensors = Object.values(inputs).map(tensorOf);
    return {
      forward: await countFlops(() => [read(...tensors)]),
      all: await countFlops(() => tf.grads((...xs: tf.Tensor[]) => tf.sum(read(...xs)))(tensors)),
    };
  }

  /** What shared memories may leave of the element-wise work; one that solves a system for each query saves little. */
  const most = (rule: LearningRule): number => (rule.name === 'mesa' ? 1 : 0.9);

  it.each(sharing)('is less than that of repeated ones, gradients too: $name', async (rule) => {
    const on = sharedCase({ ...big, rule: rule.name });
    const [shared, apart] = [await workOf(rule, on, false), await workOf(rule, on, true)];
    const single = await workOf(rule, ruleCase({ ...big, rule: rule.name }), false);
    for (const part of ['forward', 'all'] as const) {
      expect(shared[part].products, part).toBeLessThan(apart[part].products);
      expect(shared[part].others, part).toBeLessThan(most(rule) * apart[part].others);
      expect(apart[part].products).toBe(G * single[part].products);
    }
  });
});

describe('a rule that knows nothing of shared memories', () => {
  it('runs its chunk form on a memory per query, and gives back one state', () => {
    const { sharedReads, ...plain } = rules.delta!;
    expect(sharedReads).toBe(true);
    const alone: LearningRule = plain;
    const on = sharedCase({ ...sizes, rule: 'delta', decay: 'head', documents: true });
    const { inputs, documents } = on;
    const xs = {
      q: tensorOf(inputs.q!),
      k: tensorOf(inputs.k!),
      v: tensorOf(inputs.v!),
      signals: { beta: tensorOf(inputs['signals.beta']!) },
      logDecay: tensorOf(inputs.logDecay!),
      documents: tf.tensor2d(documents!, [sizes.B, sizes.T], 'int32'),
    };
    const state = { S: tensorOf(inputs['state.S']!) };
    const [got, wanted] = [alone, rules.delta!].map((rule) => runRule(rule, xs, { state, chunkSize: 4 }));
    expect(got!.outputs).toBeAllClose(wanted!.outputs, CLOSE);
    expect(got!.state.S).toBeAllClose(wanted!.state.S, CLOSE);
  });

  it('refuses heads of q that are no multiple of those of k', () => {
    const k = tf.zeros([1, 2, 4, 3]);
    const xs = { q: tf.zeros([1, 3, 4, 3]), k, v: k, signals: { beta: tf.zeros([1, 2, 4]) } };
    expect(() => runRule(rules.hebbian!, xs)).toThrow(ShapeError);
    expect(() => runRule(rules.hebbian!, xs)).toThrow(
      'rule: expected as many heads of q as of k, or a multiple, got q [1,3,4,3] and k [1,2,4,3]',
    );
  });
});
