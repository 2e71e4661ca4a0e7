import { expect } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { Memory, StepHook } from '../../src/mixers/contract.js';
import { type DecodeState, initDecodeState, readTokens } from '../../src/model/decode.js';
import type { Model } from '../../src/model/model.js';
import { memoriesOf } from '../../src/model/traces.js';
import type { RuleState } from '../../src/rules/contract.js';
import { type Change, type LayerChange, type Patch, replay } from '../../web/index.js';
import '../support/close.js';
import { playRun, type Settings } from './playRun.js';

/** `[1,n,..]` with a factor on each of n parts. */
function scaled(x: Tensor, factors: readonly number[] | undefined): Tensor {
  const parts = tf.split(x, x.shape[1]!, 1);
  return tf.concat(
    parts.map((part, i) => tf.mul(part, factors?.[i] ?? 1)),
    1,
  );
}

/** What decay leaves of S, number by number; other fields stay but where the rule says otherwise. */
function kept({ rule, ruleParams }: Memory, before: RuleState, logDecay: Tensor | undefined): RuleState {
  if (!logDecay) return before;
  if (rule.decay) return rule.decay(before, logDecay, ruleParams);
  const [, M = 0, V = 0, K = 0] = before.S.shape;
  const log = logDecay.dataSync();
  const S = before.S.dataSync().map((x, i) => {
    const [memory, column] = [Math.floor(i / (V * K)), i % K];
    return x * Math.exp(log[log.length === M ? memory : memory * K + column]!);
  });
  return { ...before, S: tf.tensor(S, before.S.shape) };
}

/** The rule's step under a change, as its description says, for a memory of each head. */
function changed(memory: Memory, change: LayerChange): StepHook {
  const { rule, ruleParams: params } = memory;
  return (x, before) => {
    const signals = Object.entries(x.signals).map(([name, s]) => [name, scaled(s, change.signals?.[name])]);
    const given = {
      ...x,
      signals: Object.fromEntries(signals) as Record<string, Tensor>,
      logDecay: x.logDecay && scaled(x.logDecay, change.decay),
    };
    const after = rule.step(before, given, params).state;
    const left = kept(memory, before, given.logDecay);
    const rest = change.write?.map((share) => 1 - share) ?? [0, 0];
    const fields = Object.entries(after).map(([name, field]) => {
      return [name, tf.add(scaled(field, change.write), scaled(left[name]!, rest))];
    });
    const state = Object.fromEntries(fields) as RuleState;
    const plain = (): Tensor => tf.squeeze(tf.matMul(state.S, tf.expandDims(x.q, 3)), [3]);
    return { output: scaled(rule.read?.(state, given, params) ?? plain(), change.read), state };
  };
}

function patched(state: DecodeState, { layer, memory: m }: Patch, from: DecodeState): DecodeState {
  const name = `layers.${layer}.rule.S`;
  const [own, other] = [state[name]!, from[name]!].map((S) => tf.split(S, S.shape[1]!, 1));
  return {
    ...state,
    [name]: tf.concat(
      own!.map((S, i) => (i === m ? other![i]! : S), 1),
      1,
    ),
  };
}

interface Changes {
  readonly changeAt?: (t: number) => Change | undefined;
  readonly patches?: readonly Patch[];
  /** What the patches are from. */
  readonly from?: DecodeState;
}

/** Logits after each token, by TensorFlow.js one token after the other. */
function eager(model: Model, ids: readonly number[], { changeAt, patches = [], from }: Changes = {}) {
  let state = initDecodeState(model, 1, { cacheLength: 64 });
  const logits = ids.map((id, t) => {
    for (const patch of patches) if (patch.before === t) state = patched(state, patch, from!);
    const hooks = model.layers.map((_, layer) => {
      const memory = memoriesOf(model).find((one) => one.layer === layer)?.memory;
      return memory && changed(memory, changeAt?.(t)?.[layer] ?? {});
    });
    const read = readTokens(model, tf.tensor2d([id], [1, 1], 'int32'), state, hooks);
    state = read.state;
    return model.readOut(model.normed(read.stream)).dataSync<'float32'>();
  });
  return { logits, state };
}

const ids = [3, 1, 4, 1, 5, 9, 2, 6];
const other = [8, 7, 8, 2];

/** Every kind of change, by what it is called. */
const kinds: Readonly<
  Record<string, (signal: string, forgets: boolean) => Changes & { readonly places: readonly number[] }>
> = {
  'a silenced head': () => ({ changeAt: () => ({ 0: { read: [1, 0] } }), places: [0, 7] }),
  'a blocked write': () => ({
    changeAt: (t) => (t === 2 ? { 0: { write: [0, 1] } } : undefined),
    places: [2, 7],
  }),
  'a scaled signal': (signal) => ({
    changeAt: (t) => (t > 1 ? { 0: { signals: { [signal]: [0.25, 0.5] } } } : undefined),
    places: [2, 7],
  }),
  'a scaled decay and half a write': (_signal, forgets) => ({
    changeAt: () => ({ 0: { ...(forgets && { decay: [0, 3] }), write: [0.5, 1] } }),
    places: [1, 7],
  }),
};

/** Checks that every kind of change gives the logits of the same change made in TensorFlow.js, and does something. */
export async function expectAsEager(options: Settings, tolerance = 1e-5): Promise<void> {
  const { model, play } = await playRun(options);
  const start = tf.engine().memory().numTensors;
  tf.engine().startScope();
  const plain = eager(model, ids).logits;
  const [signal = ''] = Object.keys(memoriesOf(model)[0]!.memory.rule.signals);
  const from = eager(model, other).state;
  const saved = (await replay(play, other)).at(-1)!.state;
  const patches = [{ before: 3, layer: 0, memory: 1, from: saved }];
  const cases = [
    ...Object.values(kinds).map((kind) => kind(signal, options.gate !== 'none')),
    { patches, from, places: [3, 7] },
  ];
  const close = {
    rtol: tolerance,
    atol: tolerance * Math.max(1, ...plain.flatMap((row) => [...row.map(Math.abs)])),
  };
  for (const change of cases) {
    const wanted = eager(model, ids, change).logits;
    const steps = await replay(play, ids, change);
    for (const [t, { logits }] of steps.entries()) expect(logits).toBeAllClose(wanted[t]!, close);
    for (const t of change.places) expect(wanted[t]).not.toEqual(plain[t]);
  }
  const unchanged = await replay(play, ids);
  for (const [t, { logits }] of unchanged.entries()) expect(logits).toBeAllClose(plain[t]!, close);
  tf.engine().endScope();
  expect(tf.engine().memory().numTensors).toBe(start);
  await play.dispose();
  model.dispose();
}
