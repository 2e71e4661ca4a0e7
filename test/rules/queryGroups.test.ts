import { afterAll, describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/core/errors.js';
import { sizeOf } from '../../src/core/shapes.js';
import { tf } from '../../src/core/tf.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { LearningRule } from '../../src/rules/contract.js';
import { repeatedInputs } from '../../src/rules/queryGroups.js';
import { rules } from '../../src/rules/registry.js';
import { runRule, type RunRuleOptions } from '../../src/rules/runRule.js';
import '../support/close.js';
import type { NumberArray, NumberArrays } from '../support/oracle.js';
import { ruleCase, runCase, tensorOf, type CaseOptions, type RuleCase } from '../support/ruleCase.js';
import { formsOf } from '../support/ruleForms.js';

const G = 3;
const CLOSE = { rtol: 1e-4, atol: 1e-5 };
const sizes = { B: 2, H: 2, K: 5, V: 3, T: 9 } as const;

const engines = [await createEngine({ engine: 'eager' }), await createEngine({ engine: 'graph' })];
afterAll(async () => {
  await Promise.all(engines.map(async (engine) => engine.dispose()));
});

/** A case with G queries a memory. */
function sharedCase(options: CaseOptions): RuleCase {
  const [on, wide] = [ruleCase(options), ruleCase({ ...options, H: G * options.H, seed: 2 })];
  return {
    ...on,
    inputs: { ...on.inputs, q: wide.inputs.q! },
    lossWeights: { ...on.lossWeights, outputs: wide.lossWeights.outputs! },
  };
}

/** Each head of `[B,M,..]` G times in a row; `once` keeps the first and makes the others zero. */
function repeated({ shape, values }: NumberArray, once = false): NumberArray {
  const [B = 0, M = 0, ...rest] = shape;
  const size = sizeOf(rest);
  const copies = Array.from({ length: B * M }, (_, n) => values.subarray(n * size, (n + 1) * size)).flatMap(
    (head) => Array.from({ length: G }, (_, g) => (once && g > 0 ? head.map(() => 0) : head)),
  );
  return { shape: [B, G * M, ...rest], values: Float64Array.from(copies.flatMap((head) => [...head])) };
}

/** The same with a memory of its own for each query; the loss reads the state of one of each G. */
function repeatedCase(on: RuleCase): RuleCase {
  const each = (arrays: NumberArrays, own: string, once: boolean): NumberArrays =>
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

describe.each(engines)('several queries a memory on $name', (engine) => {
  const names = Object.keys(rules).flatMap((rule) =>
    (engine.name === 'graph' ? ['scalar'] : ['none', 'scalar', 'channel']).map(
      (gate) => [rule, gate] as const,
    ),
  );

  it.each(names)('equal a memory a query: %s with %s', async (rule, gate) => {
    const on = sharedCase({ ...sizes, rule, gate, documents: true });
    const apart = repeatedCase(on);
    for (const options of formsOf(on, 4)) {
      const [got, wanted] = [await runCase(engine, on, options), await runCase(engine, apart, options)];
      expect(got.outputs).toBeAllClose(wanted.outputs, CLOSE);
      for (const [name, values] of Object.entries(got.state)) {
        expect(values, name).toBeAllClose(first(wanted.state[name]!, on.inputs[name]!.shape), CLOSE);
      }
      for (const [name, values] of Object.entries(got.gradients)) {
        const { shape } = on.inputs[name]!;
        const whole = wanted.gradients[name]!;
        expect(values, name).toBeAllClose(name === 'q' ? whole : summed(whole, shape), CLOSE);
      }
    }
  });
});

/** Floating-point operations of matrix products and of element-wise kernels while a function runs. */
async function countFlops(run: () => tf.Tensor[]): Promise<{ products: number; others: number }> {
  const { kernels } = await tf.profile(() => tf.tidy(run));
  const sum = (list: typeof kernels, flops: (kernel: (typeof kernels)[number]) => number): number =>
    list.reduce((total, kernel) => total + flops(kernel), 0);
  const outputOf = ({ outputShapes }: (typeof kernels)[number]): number => sizeOf(outputShapes[0] ?? []);
  const isProduct = ({ name }: { name: string }): boolean => name === 'BatchMatMul';
  const inner = ({ inputShapes }: (typeof kernels)[number]): number => {
    const [a, b] = inputShapes;
    const shared = a!.slice(-2).filter((n) => b!.slice(-2).includes(n));
    return Math.max(...shared);
  };
  return {
    products: sum(kernels.filter(isProduct), (kernel) => 2 * outputOf(kernel) * inner(kernel)),
    others: sum(
      kernels.filter(({ name }) => ['Multiply', 'Add', 'AddV2', 'Sub', 'Exp'].includes(name)),
      outputOf,
    ),
  };
}

describe('the work of shared memories', () => {
  const options: RunRuleOptions = { chunkSize: 32 };
  const inputsOf = ({ inputs }: RuleCase) => ({
    ...{ q: tensorOf(inputs.q!), k: tensorOf(inputs.k!), v: tensorOf(inputs.v!) },
    signals: { beta: tensorOf(inputs['signals.beta']!) },
    logDecay: tensorOf(inputs.logDecay!),
  });
  const sharing = Object.values(rules).filter(({ sharedReads }) => sharedReads === true);

  it.each(sharing)('is less than that of repeated ones: $name', async (rule) => {
    const big = { B: 1, H: 1, K: 16, V: 16, T: 128 } as const;
    const xs = inputsOf(sharedCase({ ...big, rule: rule.name, gate: 'scalar', state: false }));
    const work = async (on: typeof xs) =>
      countFlops(() => {
        const { outputs, state } = runRule(rule, on, options);
        return [outputs, ...Object.values(state)];
      });
    const [shared, apart] = [await work(xs), await work(repeatedInputs(xs) as typeof xs)];
    const alone = ruleCase({ ...big, rule: rule.name, gate: 'scalar', state: false });
    const single = await work(inputsOf(alone));
    expect(shared.products).toBeLessThan(apart.products);
    expect(shared.others).toBeLessThan(0.8 * apart.others);
    // Of one memory all is done once but the reads.
    expect(apart.products).toBe(G * single.products);
  });
});

describe('a rule that knows nothing of shared memories', () => {
  it('runs its chunk form on a memory a query, and gives back one state', () => {
    const { sharedReads, ...plain } = rules.delta!;
    expect(sharedReads).toBe(true);
    const alone: LearningRule = plain;
    const on = sharedCase({ ...sizes, rule: 'delta', gate: 'scalar', documents: true });
    const { inputs, documents } = on;
    const xs = {
      ...{ q: tensorOf(inputs.q!), k: tensorOf(inputs.k!), v: tensorOf(inputs.v!) },
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
