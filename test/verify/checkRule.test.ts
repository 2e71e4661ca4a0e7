import { describe, expect, it } from 'vitest';
import pearceHall from '../../examples/pearceHall.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { checkRule } from '../../src/verify/checkRule.js';
import type { CheckFinding } from '../../src/core/check.js';
import { ruleChecks } from '../../src/verify/registry.js';
import type { LearningRule, SequenceInput, TokenInput } from '../../src/rules/contract.js';
import { delta as ownDelta } from '../../src/rules/delta.js';
import { associate, decayed, recall } from '../../src/rules/memory.js';
import { bothEngines } from '../support/engines.js';

const delta: LearningRule = ownDelta;

const [eager, graph] = await bothEngines();

const lengths = [1, 7];
const names = ['form', ...ruleChecks.map(({ name }) => name)];

describe('checkRule', () => {
  // The rest of the registry: test/contract/rules.test.ts.
  it('finds nothing wrong with the delta rule and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const results = await checkRule(delta, { engine: eager, lengths: [1, 3] });
    expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(results.map(({ check }) => check)).toEqual(names);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('finds nothing wrong with the rule of examples/, on both engines', async () => {
    for (const [engine, most] of [
      [eager, 40],
      [graph, 5],
    ] as const) {
      const results = await checkRule(pearceHall, { engine, lengths: [1, most] });
      expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
      expect(results.filter(({ status }) => status === 'skip')).toEqual([
        expect.objectContaining({ check: 'chunk = step', reason: 'the rule has no chunk form' }),
      ]);
    }
  });

  it('hears each result as it comes', async () => {
    const heard: string[] = [];
    const onResult = ({ check }: { readonly check: string }): number => heard.push(check);
    const results = await checkRule(pearceHall, {
      lengths: [1],
      checks: ['initial state', 'read-out'],
      onResult,
    });
    expect(heard).toEqual(['form', 'initial state', 'read-out']);
    expect(results.map(({ check }) => check)).toEqual(heard);
  });
});

type StepInputs = (x: TokenInput) => Partial<TokenInput>;
type ChunkInputs = (xs: SequenceInput) => Partial<SequenceInput>;

/** The delta rule without its chunk form. */
const deltaSteps = Object.fromEntries(
  Object.entries(delta).filter(([field]) => field !== 'chunk'),
) as unknown as LearningRule;

/** The delta rule with the inputs of its step changed, without a chunk form. */
function stepWith(change: StepInputs): LearningRule {
  return { ...deltaSteps, step: (state, x, params) => delta.step(state, { ...x, ...change(x) }, params) };
}

/** The delta rule with the inputs of its chunk form changed. */
function chunkWith(change: ChunkInputs): LearningRule {
  return {
    ...delta,
    chunk: (state, xs, params, size) => delta.chunk!(state, { ...xs, ...change(xs) }, params, size),
  };
}

const doubledGradient = tf.customGrad((x, save) => {
  (save as (tensors: Tensor[]) => void)([x as Tensor]);
  return { value: tf.clone(x as Tensor), gradFunc: (dy: Tensor) => tf.mul(dy, 2) };
});

/** Rules with one fault each, the check that must see it, and what it says. */
const faults: readonly (readonly [string, LearningRule, string, Partial<CheckFinding>])[] = [
  [
    'a map of keys inside the rule',
    stepWith(({ k }) => ({ k: tf.relu(k) })),
    'feature maps',
    { expected: 'rows of S along k', got: 'rows along relu(k)' },
  ],
  [
    'a map of queries inside the rule',
    stepWith(({ q }) => ({ q: tf.add(tf.elu(q), 1) })),
    'feature maps',
    { expected: 'o = S q', got: 'o along S elu+1(q)' },
  ],
  [
    'a state the wrong way round',
    { ...delta, initState: ({ B, H, K, V }) => ({ S: tf.zeros([B, H, K, V]) }) },
    'initial state',
    { expected: 'S [2,2,3,5]', got: 'S [2,2,5,3]' },
  ],
  [
    'a state that all rows share',
    { ...delta, initState: (dims) => ({ ...delta.initState(dims, {}), a: tf.zeros([1]) }) },
    'initial state',
    { expected: 'every field to begin with [2,2]', got: 'S [2,2,3,5], a [1]' },
  ],
  [
    'outputs of another size',
    { ...deltaSteps, step: (state, x, params) => ({ ...delta.step(state, x, params), output: x.q }) },
    'lengths',
    {
      expected: 'to run without an error',
      got: 'ShapeError: results: expected outputs [2,2,1,3], state.S [2,2,3,5], got outputs [2,2,1,5], state.S [2,2,3,5]',
    },
  ],
  [
    'a state that forgets a field',
    {
      ...deltaSteps,
      initState: (dims) => ({ ...delta.initState(dims, {}), a: tf.zeros([dims.B, dims.H]) }),
      step: (state, x, params) => delta.step(state, x, params),
    },
    'lengths',
    { expected: 'to run without an error' },
  ],
  [
    'a read before the write',
    {
      ...deltaSteps,
      step: (state, x, params) => ({ ...delta.step(state, x, params), output: recall(state.S, x.q) }),
    },
    'read-out',
    { expected: 'o = S q of the last token' },
  ],
  [
    'a decay that is not used',
    stepWith(() => ({ logDecay: undefined })),
    'decay',
    { expected: 'a decay to multiply S before all else, as if the state had been that much smaller' },
  ],
  [
    'a decay after the error',
    {
      ...deltaSteps,
      step({ S }, x) {
        const error = tf.sub(x.v, recall(S, x.k));
        const write = tf.mul(error, tf.expandDims(x.signals.beta!, 2));
        const after = associate(decayed(S, x.logDecay), write, x.k);
        return { output: recall(after, x.q), state: { S: after } };
      },
    },
    'decay',
    { where: 'one token from a random state' },
  ],
  [
    'a chunk form that looks ahead',
    chunkWith(({ v }) => ({ v: tf.add(v, tf.mul(0.01, tf.mean(v, 2, true))) })),
    'causality',
    {
      expected: 'outputs before token 2 to stay when only token 2 changes',
      got: expect.stringMatching(/^outputs at token 0, row 0, head 0, channel 0: /) as string,
      where: 'T = 7, a decay per head, in chunks of 4',
    },
  ],
  [
    'a chunk form that writes too much',
    chunkWith(({ v }) => ({ v: tf.mul(v, 1.01) })),
    'chunk = step',
    {
      expected: 'what the steps give',
      got: expect.stringMatching(/^outputs at token 0, .* instead of /) as string,
      where: 'T = 7, no decay, in chunks of 1',
    },
  ],
  [
    'a chunk form with a wrong gradient',
    chunkWith(({ v }) => ({ v: doubledGradient(v) })),
    'chunk = step',
    { got: expect.stringMatching(/^gradient of v at token 0, /) as string },
  ],
  [
    'a chunk form that starts afresh',
    { ...delta, chunk: (_state, xs, params, size) => delta.chunk!(undefined, xs, params, size) },
    'carried state',
    {
      expected: 'the two parts, before and from token 3, to be the whole',
      got: expect.stringMatching(/^outputs at token 3, /) as string,
    },
  ],
  [
    'a chunk form blind to documents',
    chunkWith(() => ({ documents: undefined })),
    'documents',
    {
      expected: 'the two documents run apart',
      got: expect.stringMatching(/^outputs at token 2, /) as string,
      where: 'T = 7, a decay per head, a second document from token 2, in chunks of 4',
    },
  ],
  [
    'heads that share what they see',
    stepWith(({ v }) => ({ v: tf.sub(v, tf.mean(v, 1, true)) })),
    'rows and heads',
    { expected: 'row 0, head 1 to do what it does alone' },
  ],
  [
    'a chunk form that cannot share a memory',
    chunkWith(({ q, k }) => (q.shape[1] === k.shape[1] ? {} : { q: tf.neg(q) })),
    'shared reads',
    { expected: 'queries of one memory to read what each reads alone' },
  ],
  [
    'a gradient that is not the slope',
    stepWith(({ k }) => ({ k: doubledGradient(k) })),
    'gradients',
    { expected: 'the gradient of k along a random direction to be the slope of the loss' },
  ],
  [
    'a value read and put back',
    stepWith(({ v }) => ({ v: tf.tensor(v.dataSync(), v.shape) })),
    'gradients',
    { expected: 'the gradient of v along a random direction to be the slope of the loss' },
  ],
  [
    'a division by the decay',
    stepWith(({ v, logDecay }) => {
      if (!logDecay || logDecay.rank === 3) return {};
      const alpha = tf.expandDims(tf.exp(logDecay), 2);
      return { v: tf.div(tf.mul(v, alpha), alpha) };
    }),
    'extreme decay',
    { expected: 'finite outputs, state and gradients' },
  ],
  [
    'a division by the length of a key',
    stepWith(({ k }) => ({ k: tf.div(k, tf.sqrt(tf.sum(tf.square(k), 2, true))) })),
    'bounds',
    { where: expect.stringContaining('k of zeros') as string },
  ],
  [
    'a parameter that divides by zero',
    {
      ...deltaSteps,
      params: { ...delta.params, rho: { default: 1, range: [0, 1], doc: 'a parameter that may be 0' } },
      step: (state, x, params) => delta.step(state, { ...x, v: tf.div(x.v, Number(params.rho)) }, params),
    },
    'parameters',
    { where: expect.stringContaining('rho 0') as string },
  ],
  [
    'error correction without unit keys',
    { ...delta, normalise: { ...delta.normalise, k: 'none' } },
    'bounded',
    { got: expect.stringContaining('beta |k|^2 above its bound 2 first at token') as string },
  ],
  [
    'a measure of another shape',
    { ...delta, stability: { ...delta.stability!, measure: (x) => x.k } },
    'bounded',
    { expected: 'stability.measure to give a finite number [B,H]', got: 'a measure [2,2,5]' },
  ],
  [
    'a tensor kept',
    stepWith(({ v }) => {
      tf.keep(tf.zeros([1]));
      return { v };
    }),
    'no tensor left',
    { expected: 'no tensor more than the results', got: expect.stringMatching(/^\d more$/) as string },
  ],
  [
    'chance',
    stepWith(({ v }) => ({ v: tf.add(v, tf.randomNormal(v.shape, 0, 1e-3)) })),
    'deterministic',
    { expected: 'the same bits twice' },
  ],
];

describe('checkRule sees', () => {
  it.each(faults)('%s', async (_label, rule, check, finding) => {
    const results = await checkRule(rule, { engine: eager, lengths, checks: [check] });
    const found = results.find((result) => result.check === check);
    expect(found).toMatchObject({ status: 'fail', finding });
    expect(found!.finding!.hint.length).toBeGreaterThan(10);
  });

  it('every fault that a check of its own is for', () => {
    expect(new Set(faults.map(([, , check]) => check))).toEqual(new Set(names.slice(1)));
  });

  it('a field that is wrong, and runs nothing', async () => {
    const results = await checkRule({ ...delta, title: '' }, { engine: eager });
    expect(results[0]).toMatchObject({
      check: 'form',
      status: 'fail',
      finding: { got: "rule.title: expected a text of some words, got ''" },
    });
    expect(results.slice(1).every(({ status }) => status === 'skip')).toBe(true);
  });

  it('a value that is read while the graph engine records', async () => {
    const reading = stepWith(({ v }) => ({ v: tf.tensor(v.dataSync(), v.shape) }));
    const results = await checkRule(reading, { engine: graph, lengths: [1] });
    expect(results.find(({ check }) => check === 'lengths')).toMatchObject({
      status: 'fail',
      finding: {
        got: expect.stringContaining('TraceError') as string,
        hint: expect.stringContaining('no value is read') as string,
      },
    });
  });
});
