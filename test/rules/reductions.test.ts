import { afterAll, describe, expect, it } from 'vitest';
import '../support/close.js';
import type { Params } from '../../src/core/params.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { mapped, type Numbers } from '../../src/verify/ruleCase.js';
import { THOROUGH } from '../support/ruleSets.js';
import {
  filledWith,
  ruleCase,
  runCase,
  SIZES,
  withDecay,
  withInputs,
  withoutState,
  type RuleCase,
} from '../support/ruleCase.js';
import { caseOf, close, expectShared, forms, T } from './reductionCases.js';

const eager = await createEngine({ engine: 'eager' });
afterAll(async () => {
  await eager.dispose();
});

const { B, H, K, V } = SIZES;

/** The case under another rule; loss and inputs are those fields both rules have. */
function under(on: RuleCase, rule: string, params: Params = {}): RuleCase {
  const own = ruleCase({ ...SIZES, T, rule, params });
  const kept = (fields: RuleCase['inputs']) =>
    Object.fromEntries(
      Object.entries(fields).filter(([name]) => !name.startsWith('state.') || name in own.inputs),
    );
  return { ...on, rule, params: own.params, inputs: kept(on.inputs), lossWeights: kept(on.lossWeights) };
}

/** Each vector twice, one after the other. */
function repeatedVectors({ shape, values }: Numbers, width = shape.at(-1)!): Float32Array {
  return Float32Array.from({ length: 2 * values.length }, (_, i) => {
    const vector = Math.floor(i / (2 * width));
    return values[vector * width + (i % width)]!;
  });
}

describe.each(forms)('in form $form', (form) => {
  it.each(['none', 'head', 'shared', 'channel'] as const)(
    'oja that forgets nothing is hebbian, decay %s',
    async (decay) => {
      const on = caseOf('oja', decay, { forgetting: 0 });
      expectShared(await runCase(eager, on, form), await runCase(eager, under(on, 'hebbian'), form));
    },
  );

  it('oja-unit of one value channel is oja', async () => {
    const on = ruleCase({ ...SIZES, V: 1, T, rule: 'oja-unit', decay: 'channel', documents: true });
    const halved = withInputs(on, {
      v: (x) => mapped(x, (value) => value / 2),
    });
    const params = { forgetting: 1 };
    const wanted = await runCase(eager, { ...halved, rule: 'oja', params }, form);
    expectShared(await runCase(eager, halved, form), wanted);
  });

  it('oja is delta with keys and values exchanged, its memory transposed', async () => {
    const on = caseOf('oja', 'head');
    const silent = filledWith(() => 0);
    const { outputs, 'state.S': weights } = on.lossWeights;
    const exchanged: RuleCase = {
      ...on,
      rule: 'delta',
      params: {},
      inputs: {
        ...on.inputs,
        q: silent(on.inputs.v!),
        k: on.inputs.v!,
        v: on.inputs.k!,
        'state.S': transposed(on.inputs['state.S']!),
      },
      lossWeights: { outputs: silent(on.inputs.k!), 'state.S': transposed(weights!) },
    };
    const mine = { ...on, lossWeights: { outputs: silent(outputs!), 'state.S': weights! } };
    const [got, wanted] = [await runCase(eager, mine, form), await runCase(eager, exchanged, form)];
    expect(got['state.S']!.values).toBeAllClose(transposed(wanted['state.S']!).values, close);
    const pairs = { k: 'v', v: 'k', 'signals.beta': 'signals.beta', logDecay: 'logDecay' };
    for (const [name, other] of Object.entries(pairs)) {
      const [mine_, theirs] = [got[`gradient of ${name}`]!, wanted[`gradient of ${other}`]!];
      expect(mine_.values, name).toBeAllClose(theirs.values, close);
    }
  });

  it('delta on orthonormal keys at full strength is hebbian', async () => {
    const random = ruleCase({ ...SIZES, T: K, rule: 'delta', state: false });
    const on = withInputs(random, {
      k: filledWith((i) => (i % K === Math.floor(i / K) % K ? 1 : 0)),
      'signals.beta': filledWith(() => 1),
    });
    const wanted = await runCase(eager, { ...on, rule: 'hebbian', params: {} }, form);
    expectShared(await runCase(eager, on, form), wanted, ['q', 'v']);
  });

  it('delta-product of one write per token is delta', async () => {
    const on = caseOf('delta-product', 'channel', { writes: 1, maxBeta: 1 });
    const oneSignal = withInputs(on, {
      'signals.beta': ({ shape, values }) => ({ shape: shape.slice(0, 3), values }),
    });
    const wanted = await runCase(eager, under(oneSignal, 'delta'), form);
    expectShared(await runCase(eager, on, form), wanted);
  });

  it('delta-product of the same write twice is delta with a step of 2 beta - beta^2', async () => {
    const on = caseOf('delta-product', 'head', { writes: 2 });
    const one = caseOf('delta', 'head');
    const twice = withInputs(on, {
      k: ({ shape }) => ({ shape, values: repeatedVectors(one.inputs.k!) }),
      v: ({ shape }) => ({ shape, values: repeatedVectors(one.inputs.v!) }),
      'signals.beta': ({ shape }) => ({ shape, values: repeatedVectors(one.inputs['signals.beta']!, 1) }),
    });
    const both = withInputs(one, {
      'signals.beta': (x) => mapped(x, (beta) => 2 * beta - beta * beta),
    });
    expectShared(await runCase(eager, twice, form), await runCase(eager, both, form), [
      'q',
      'logDecay',
      'state.S',
    ]);
  });

  it('bcm with its threshold frozen at 0 is hebbian of v v (rate) and of v |v| (signed)', async () => {
    for (const [name, written] of Object.entries({
      rate: (x: number) => (x > 0 ? x * x : 0),
      signed: (x: number) => x * Math.abs(x),
    })) {
      const on = caseOf('bcm', 'channel', { form: name, rho: 1 });
      const frozen = withInputs(on, { 'state.theta': filledWith(() => 0) });
      const squared = withInputs(under(on, 'hebbian'), {
        v: (x) => mapped(x, written),
      });
      const wanted = await runCase(eager, squared, form);
      expectShared(await runCase(eager, frozen, form), wanted, ['q', 'k', 'signals.beta', 'logDecay']);
    }
  });

  describe.each(THOROUGH)('%s', (rule) => {
    it.each([[[B, H, T]], [[B, H, T, K]]])('with a decay of 1 %j is without one', async (shape) => {
      const on = caseOf(rule, 'none');
      const got = await runCase(
        eager,
        withDecay(on, shape, () => 0),
        form,
      );
      expectShared(got, await runCase(eager, on, form));
    });

    it('with one decay for all key channels has that of the token', async () => {
      const on = caseOf(rule, 'head');
      const { shape, values } = on.inputs.logDecay!;
      const wide = withDecay(on, [...shape, K], (i) => values[Math.floor(i / K)]!);
      const [got, wanted] = [await runCase(eager, wide, form), await runCase(eager, on, form)];
      expectShared(got, wanted, ['q', 'k', 'v', 'signals.beta', 'state.S']);
      const [each, whole] = [got['gradient of logDecay']!, wanted['gradient of logDecay']!];
      const summed = whole.values.map((_, i) =>
        each.values.slice(i * K, (i + 1) * K).reduce((sum, x) => sum + x, 0),
      );
      expect(summed).toBeAllClose(whole.values, close);
    });
  });
});

describe('on a first token, the rules of the response', () => {
  const first = (rule: string): RuleCase => {
    const on = ruleCase({ ...SIZES, T: 1, rule, decay: 'head' });
    return { ...on, inputs: withoutState(on.inputs) };
  };

  it('are oja of the value', async () => {
    const on = first('oja-response');
    const wanted = await runCase(eager, { ...on, rule: 'oja', params: { forgetting: 1 } }, {});
    expectShared(await runCase(eager, on, {}), wanted, ['q', 'k']);
  });

  it('are hebbian of the squared value', async () => {
    const on = first('bcm-response');
    const squared = withInputs(on, {
      v: (x) => mapped(x, (value) => value * value),
    });
    const { 'state.S': S, outputs } = on.lossWeights;
    const lossWeights = { 'state.S': S!, outputs: outputs! };
    const wanted = await runCase(eager, { ...squared, rule: 'hebbian', params: {}, lossWeights }, {});
    expectShared(await runCase(eager, { ...on, lossWeights }, {}), wanted, ['q', 'k']);
  });
});

describe('as published, with transition matrices', () => {
  // S, rows of V values of K: Yang et al. 2024, arXiv:2412.06464, equation 10.
  it('delta with a decay is S = alpha S (I - beta k k^T) + beta v k^T', async () => {
    await expectPublished('delta', (S, { k, v, alpha, beta }) =>
      S.map((row, i) =>
        row.map(
          (_, j) =>
            alpha * row.reduce((sum, s, m) => sum + s * ((m === j ? 1 : 0) - beta * k[m]! * k[j]!), 0) +
            beta * v[i]! * k[j]!,
        ),
      ),
    );
  });

  // The gated Oja rule of flash-linear-attention with one decay for all value channels.
  it('oja with a decay is S = (I - beta v v^T) alpha S + beta v k^T', async () => {
    await expectPublished('oja', (S, { k, v, alpha, beta }) =>
      S.map((row, i) =>
        row.map(
          (_, j) =>
            S.reduce(
              (sum, other, m) => sum + ((m === i ? 1 : 0) - beta * v[i]! * v[m]!) * alpha * other[j]!,
              0,
            ) +
            beta * v[i]! * k[j]!,
        ),
      ),
    );
  });
});

interface PublishedToken {
  readonly k: readonly number[];
  readonly v: readonly number[];
  readonly alpha: number;
  readonly beta: number;
}

async function expectPublished(
  rule: string,
  next: (S: number[][], token: PublishedToken) => number[][],
): Promise<void> {
  const on = ruleCase({ ...SIZES, B: 1, H: 1, T, rule, decay: 'head' });
  const at = (name: string, t: number, size: number): number[] =>
    Array.from(on.inputs[name]!.values.slice(t * size, (t + 1) * size));
  let S = Array.from({ length: V }, (_, i) => at('state.S', i, K));
  const outputs: number[] = [];
  for (let t = 0; t < T; t++) {
    const alpha = Math.exp(at('logDecay', t, 1)[0]!);
    S = next(S, { k: at('k', t, K), v: at('v', t, V), alpha, beta: at('signals.beta', t, 1)[0]! });
    const q = at('q', t, K);
    outputs.push(...S.map((row) => row.reduce((sum, s, j) => sum + s * q[j]!, 0)));
  }
  for (const form of forms) {
    const got = await runCase(eager, on, form);
    expect(got.outputs!.values).toBeAllClose(outputs, close);
    expect(got['state.S']!.values).toBeAllClose(S.flat(), close);
  }
}

/** `[B,H,X,Y]` to `[B,H,Y,X]`. */
function transposed({ shape, values }: Numbers): Numbers {
  const [b, h, X, Y] = shape as [number, number, number, number];
  const turned = values.map((_, n) => {
    const [head, y, x] = [Math.floor(n / (X * Y)), Math.floor(n / X) % Y, n % X];
    return values[head * X * Y + x * Y + y]!;
  });
  return { shape: [b, h, Y, X], values: turned };
}
