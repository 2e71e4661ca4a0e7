/**
 * Writes what rules give, for flash-linear-attention to be compared with (`flaRules.py`): inputs, and of the step and
 * the chunk form outputs, final state, and the gradient in every input of a loss with random weights. Argument: a file.
 */
import { writeFile } from 'node:fs/promises';
import { createEngine } from '../../src/engine/createEngine.js';
import type { DecayKind, NamedNumbers, Numbers } from '../../src/verify/ruleCase.js';
import { formsOf, ruleCase, runCase, withInputs } from '../support/ruleCase.js';

const [file = 'cases.json'] = process.argv.slice(2);
const [B, H, T, K] = [2, 3, 50, 8];

/** Rules, and signals that are one number per head there, whatever the token. */
const judged: readonly (readonly [
  rule: string,
  constants: readonly string[],
  decays: readonly DecayKind[],
])[] = [
  ['delta', [], ['head', 'channel']],
  ['delta-product', [], ['none', 'head']],
  ['comba', [], ['head']],
  ['gated-delta-2', [], ['channel']],
  ['rwkv7', [], ['none', 'head', 'channel']],
  ['preconditioned-delta', ['signals.center'], ['head']],
  ['mesa', ['signals.ridge'], ['head']],
];

/** Rules whose form there has values as wide as keys. */
const SQUARE = new Set(['mesa']);

/** The first token of the first row, at every token of every row. */
function constant({ shape, values }: Numbers): Numbers {
  const [, heads = 1, times = 1, width = 1] = shape;
  const at = (i: number): number => {
    const head = Math.floor(i / (times * width)) % heads;
    return head * times * width + (i % width);
  };
  return { shape, values: values.map((_, i) => values[at(i)] ?? 0) };
}

const plain = (numbers: NamedNumbers): unknown =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, { shape, values }]) => [name, { shape, values: [...values] }]),
  );

const engine = await createEngine({ threads: 1 });
const cases: unknown[] = [];
for (const [rule, constants, decays] of judged) {
  for (const decay of decays) {
    const change = Object.fromEntries(constants.map((name) => [name, constant]));
    const on = withInputs(ruleCase({ rule, B, H, T, K, V: SQUARE.has(rule) ? K : 6, decay }), change);
    const forms = await Promise.all(
      formsOf(on, 16).map(async (form) => ({
        form: form.form,
        results: plain(await runCase(engine, on, form)),
      })),
    );
    const { params, inputs, lossWeights } = on;
    cases.push({ rule, decay, params, inputs: plain(inputs), lossWeights: plain(lossWeights), forms });
  }
}
await writeFile(file, JSON.stringify(cases));
await engine.dispose();
