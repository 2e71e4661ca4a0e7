import type * as Library from '../../src/index.js';
import { entryOf, sha256, type Checkout, type Entries, type Entry } from './checkout.js';

type Tensor = Library.tf.Tensor;

const SIZES = { B: 2, H: 2, T: 63, K: 8, V: 6 };
const DECAYS = {
  none: undefined,
  'per token, one for all rows': [1, 2, 63],
  'per token': [2, 2, 63],
  'per channel': [2, 2, 63, 8],
} as const;

/** Seeded inputs of a rule: unit queries and keys, signals within their bounds, decays from weak to strong. */
function ruleInputs(
  { tf, Rng }: typeof Library,
  rule: Library.LearningRule,
  decay: readonly number[] | undefined,
): { tensors: Record<string, Tensor>; documents: Tensor } {
  const { B, H, T, K, V } = SIZES;
  const rng = Rng.fromSeed(11);
  const draw = (name: string, shape: readonly number[]): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tf.tensor(rng.derive(name).normals(size, 1), [...shape]);
  };
  const unit = (x: Tensor): Tensor => tf.div(x, tf.norm(x, 'euclidean', -1, true));
  const given = rule.writes ?? 1;
  const writes = typeof given === 'number' ? given : Number(rule.params[given]?.default);
  const tensors: Record<string, Tensor> = {
    q: unit(draw('q', [B, H, T, K])),
    k: tf.reshape(unit(draw('k', [B, H, T * writes, K])), [B, H, T, writes * K]),
    v: draw('v', [B, H, T, writes * V]),
  };
  const widths = { key: [K], value: [V], write: [writes] };
  for (const [name, { low, high, width }] of Object.entries(rule.signals)) {
    const top = typeof high === 'number' ? high : 1;
    const numbers = draw(name, [B, H, T, ...(width === undefined ? [] : widths[width])]);
    tensors[`signals.${name}`] = tf.add(tf.mul(tf.sigmoid(numbers), top - low), low);
  }
  if (decay) tensors.logDecay = tf.neg(tf.exp(tf.sub(tf.mul(draw('decay', decay), 2), 2)));
  const ids = Int32Array.from({ length: B * T }, (_, n) =>
    Math.floor(((n % T) + 5 * Math.floor(n / T)) / 20),
  );
  return { tensors, documents: tf.tensor(ids, [B, T], 'int32') };
}

/** Outputs, state and gradients of one form, in a fixed order. */
function ruleNumbers(
  library: typeof Library,
  rule: Library.LearningRule,
  decay: readonly number[] | undefined,
  form: 'step' | 'chunk',
  withDocuments: boolean,
): Entry {
  const { tf, runRule } = library;
  const values = tf.tidy(() => {
    const { tensors, documents } = ruleInputs(library, rule, decay);
    const names = Object.keys(tensors).sort();
    const run = (...given: Tensor[]): Tensor[] => {
      const named = Object.fromEntries(names.map((name, i) => [name, given[i]] as const)) as Record<
        string,
        Tensor
      >;
      const signals = names.filter((name) => name.startsWith('signals.'));
      const { q, k, v, logDecay } = named as Record<'q' | 'k' | 'v', Tensor> & { logDecay?: Tensor };
      const input = {
        q,
        k,
        v,
        logDecay,
        signals: Object.fromEntries(
          signals.map((name) => [name.slice('signals.'.length), named[name]]),
        ) as Record<string, Tensor>,
        documents: withDocuments ? documents : undefined,
      };
      const { outputs, state } = runRule(rule, input, { form, chunkSize: 16 });
      return [
        outputs,
        ...Object.keys(state)
          .sort()
          .map((name) => state[name] as Tensor),
      ]; // one of its names
    };
    const given = names.map((name) => tensors[name] as Tensor); // one of its names
    // A different weight for every output, so that no error cancels.
    const loss = (...xs: Tensor[]): Tensor => {
      return run(...xs)
        .map((x) => tf.sum(tf.mul(x, tf.cos(tf.reshape(tf.range(0, x.size), x.shape)))))
        .reduce((a, b) => tf.add(a, b));
    };
    const all = [...run(...given), ...tf.grads(loss)(given)];
    return all.map((x) => x.dataSync());
  });
  return entryOf(
    sha256(values.map((x) => sha256(new Uint8Array(Float32Array.from(x).buffer))).join('\n')),
    ...values.map((x) => [...x]),
  );
}

export async function runEveryRule({ library }: Checkout): Promise<Entries> {
  await library.tf.setBackend('cpu');
  const entries: Entries = {};
  for (const rule of Object.values(library.rules)) {
    for (const [label, decay] of Object.entries(DECAYS)) {
      for (const form of ['step', 'chunk'] as const) {
        for (const documents of [false, true]) {
          const name = `runRule ${rule.name}, decay ${label}, ${form}${documents ? ', documents' : ''}`;
          entries[name] = ruleNumbers(library, rule, decay, form, documents);
        }
      }
    }
    console.error(`ran ${rule.name}`);
  }
  return entries;
}
