import { afterAll, describe, expect, it } from 'vitest';
import type { Params } from '../../src/core/params.js';
import { createEngine } from '../../src/engine/createEngine.js';
import type { DecayKind, Numbers } from '../../src/verify/ruleCase.js';
import '../support/close.js';
import { filledWith, ruleCase, runCase, SIZES, withInputs, type RuleCase } from '../support/ruleCase.js';
import { caseOf, close, expectShared, forms, T } from './reductionCases.js';

const eager = await createEngine({ engine: 'eager' });
afterAll(async () => {
  await eager.dispose();
});

const { B, H, K, V } = SIZES;

/** What a signal is: a number, or the delta rule's own beta in every channel. */
type SignalValue = number | 'beta';

/** A rule on the inputs of the delta rule, with signals of its own; what it has beside S starts at nothing. */
function onDelta(
  rule: string,
  decay: DecayKind,
  signals: Readonly<Record<string, SignalValue>>,
  params: Params = {},
): { readonly on: RuleCase; readonly delta: RuleCase } {
  const [own, delta] = [caseOf(rule, decay, params), caseOf('delta', decay)];
  const beta = delta.inputs['signals.beta']!;
  const inputs = Object.entries(own.inputs).map(([name, x]) => {
    if (name.startsWith('state.') && name !== 'state.S') return [name, filledWith(() => 0)(x)] as const;
    const value = name.startsWith('signals.') ? signals[name.slice('signals.'.length)] : undefined;
    if (value === undefined) return [name, delta.inputs[name] ?? x] as const;
    const width = x.values.length / beta.values.length;
    const of = (i: number): number => (value === 'beta' ? beta.values[Math.floor(i / width)]! : value);
    return [name, filledWith(of)(x)] as const;
  });
  const { outputs, 'state.S': S } = delta.lossWeights;
  const lossWeights = {
    ...Object.fromEntries(Object.entries(own.lossWeights).map(([name, x]) => [name, filledWith(() => 0)(x)])),
    outputs: outputs!,
    'state.S': S!,
  };
  return { on: { ...own, inputs: Object.fromEntries(inputs), lossWeights }, delta };
}

describe('is the delta rule', () => {
  const all = ['q', 'k', 'v'];
  it.each([
    [
      'comba',
      'with all of the prediction and an uncorrected query',
      { feedback: 1, correction: 0, beta: 'beta' },
      {},
      all,
      true,
    ],
    ['gated-delta-2', 'with one strength for all channels', { beta: 'beta', erase: 'beta' }, {}, all, true],
    [
      'preconditioned-delta',
      'with steps that reach nowhere',
      { beta: 'beta', usage: 0.5, keep: 0.9, center: 0 },
      { reach: 1 },
      all,
      true,
    ],
    // The gradient by its keys differs: those that it removes at are normalised.
    [
      'rwkv7',
      'with one rate for all channels and keys as they are',
      { beta: 'beta', removal: 1, replacement: 1 },
      {},
      ['q', 'v'],
      true,
    ],
    ['titans', 'without momentum', { beta: 'beta', momentum: 0 }, {}, all, true],
    [
      'yaad',
      'with a threshold above every error',
      { beta: 'beta', threshold: 1e5 },
      { maxThreshold: 1e6 },
      all,
      false,
    ],
    ['moneta', 'with the square of both norms', { beta: 'beta' }, { power: 2, retention: 2 }, all, false],
  ] as const)('%s %s', async (rule, _, signals, params, gradients, hasChunk) => {
    for (const decay of ['none', 'head', 'channel'] as const) {
      const { on, delta } = onDelta(rule, decay, signals, params);
      for (const form of hasChunk ? forms : forms.slice(0, 1)) {
        expectShared(await runCase(eager, on, form), await runCase(eager, delta, form), gradients);
      }
    }
  });

  it('and Hebbian is comba that feeds nothing back', async () => {
    const { on, delta } = onDelta('comba', 'head', { feedback: 0, correction: 0, beta: 'beta' });
    for (const form of forms) {
      expectShared(
        await runCase(eager, on, form),
        await runCase(eager, { ...delta, rule: 'hebbian', params: {} }, form),
        ['q', 'k', 'v'],
      );
    }
  });
});

describe('mesa', () => {
  it('reads what rls has learned, without a decay and from an empty memory', async () => {
    const empty = { ...SIZES, T, decay: 'none', documents: true, state: false } as const;
    const rls = ruleCase({ ...empty, rule: 'rls', params: { ridge: 1 } });
    const own = ruleCase({ ...empty, rule: 'mesa', params: { iterations: 64 } });
    const { q, k, v, 'signals.beta': beta } = rls.inputs;
    const inputs = {
      ...own.inputs,
      q: q!,
      k: k!,
      v: v!,
      'signals.beta': beta!,
      'signals.ridge': filledWith(() => 1)(own.inputs['signals.ridge']!),
    };
    const wanted = await runCase(eager, rls, forms[0]!);
    for (const form of forms) {
      const got = await runCase(eager, { ...own, inputs }, form);
      expect(got.outputs!.values).toBeAllClose(wanted.outputs!.values, close);
    }
  });

  it('of one key is regression in closed form', async () => {
    const on = withInputs(ruleCase({ ...SIZES, T: 1, rule: 'mesa', decay: 'none', state: false }), {
      'signals.ridge': filledWith(() => 0.5),
      'signals.beta': filledWith(() => 0.8),
    });
    const { outputs } = await runCase(eager, on, forms[0]!);
    const { q, k, v } = on.inputs as Record<'q' | 'k' | 'v', Numbers>;
    const at = (x: Numbers, n: number, size: number): number[] =>
      Array.from(x.values.slice(n * size, (n + 1) * size));
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const wanted = Array.from({ length: B * H }, (_, n) => {
      const [query, key, value] = [at(q, n, K), at(k, n, K), at(v, n, V)];
      // (beta k k^T + lambda I)^{-1} k = k / (beta |k|^2 + lambda)
      const share = (0.8 * dot(key, query)) / (0.8 * dot(key, key) + 0.5);
      return value.map((x) => x * share);
    }).flat();
    expect(outputs!.values).toBeAllClose(Float32Array.from(wanted), close);
  });
});
