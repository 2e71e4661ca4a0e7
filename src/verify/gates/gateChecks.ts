import { firstFinding, type Check, type CheckFinding } from '../../core/check.js';
import { ConfigError } from '../../core/errors.js';
import { dot } from '../../core/numbers.js';
import type { Params } from '../../core/params.js';
import { Rng } from '../../core/rng.js';
import { sameShape } from '../../core/shapes.js';
import { shown } from '../../core/text.js';
import type { Numbers } from '../ruleCase.js';
import { weightsFinding } from '../weightsFinding.js';
import { ROWS, TOKENS, type GateInputs, type GateRunner } from './gateRunner.js';

const LOG_DECAY = 'log decay';

/** `token 5 of row 1, head 0`, with the channel where there are several. */
function placeOf([, H = 1, T = 1, width]: readonly number[], index: number): string {
  const token = Math.floor(index / (width ?? 1));
  const [t, h, row] = [token % T, Math.floor(token / T) % H, Math.floor(token / (T * H))];
  return `token ${t} of row ${row}, head ${h}${width === undefined ? '' : `, channel ${index % width}`}`;
}

/** The first number of which something holds, and where it is. */
function firstWhere(
  { shape, values }: Numbers,
  holds: (x: number, i: number) => boolean,
): string | undefined {
  const index = values.findIndex(holds);
  return index < 0 ? undefined : `${String(values[index])} at ${placeOf(shape, index)}`;
}

const columns: Check<GateRunner> = {
  name: 'columns',
  title: '0, 1 or K columns are asked for, always as many',
  hint: 'columns(place) returns 0, 1 or place.K, and decides by nothing but the place',
  run({ gate, place, params }) {
    const finding = (expected: string, got: string): CheckFinding => {
      return { expected, got, where: `H = ${place.H}, K = ${place.K}`, hint: columns.hint };
    };
    const asked = gate.columns(place, params);
    if (![0, 1, place.K].includes(asked)) return finding(`0, 1 or ${place.K}`, shown(asked));
    const again = gate.columns(place, params);
    return again === asked ? undefined : finding(`${asked} every time`, shown(again));
  },
};

const weights: Check<GateRunner> = {
  name: 'weights',
  title: 'weights have names of their own, and as many finite values as their shape says, by the rng alone',
  hint: 'weights(place, params) returns { name, shape, initial } with initial(rng) a Float32Array of all its values',
  run(runner) {
    const { H, K } = runner.place;
    return weightsFinding(runner.weights, `H = ${H}, K = ${K}`, weights.hint);
  },
};

const shape: Check<GateRunner> = {
  name: 'shape',
  title: 'the log decay is [B,H,T] or [B,H,T,K]; one row may stand for all',
  hint: 'projected is [B,H,T] for one column and [B,H,T,K] for K: broadcast weights with tf.reshape(weight, [1, H, 1])',
  async run(runner) {
    const { H, K } = runner.place;
    const decay = (await runner.run(runner.inputs()))[LOG_DECAY];
    if (!decay) return undefined;
    const fits = [1, ROWS].some((rows) =>
      [[], [K]].some((end) => sameShape(decay.shape, [rows, H, TOKENS, ...end])),
    );
    if (fits) return undefined;
    const expected = `[${ROWS},${H},${TOKENS}] or [${ROWS},${H},${TOKENS},${K}]`;
    return { expected, got: `[${decay.shape.join(',')}]`, where: 'B = 2, T = 6', hint: shape.hint };
  },
};

const bounded: Check<GateRunner> = {
  name: 'at most 0',
  title:
    'the log decay is finite and at most 0, however large the projection: a memory never grows by its gate',
  hint: 'end in tf.neg(tf.softplus(x)), which is below 0 for every x and never infinite (tf.logSigmoid loses its gradient among other ops)',
  run: async (runner) =>
    firstFinding([1, 1e3, -1e3], async (scale) => {
      const decay = (await runner.run(runner.inputs(TOKENS, scale)))[LOG_DECAY];
      const got = decay && firstWhere(decay, (x) => !(x <= 0) || !Number.isFinite(x));
      if (got === undefined) return undefined;
      const where = `projections about ${Math.abs(scale)}`;
      return { expected: 'finite numbers of at most 0', got, where, hint: bounded.hint };
    }),
};

/** The inputs with one number of the projection moved. */
function moved(inputs: GateInputs, index: number): GateInputs {
  const { projected } = inputs;
  if (!projected) return inputs;
  const values = projected.values.map((x, i) => (i === index ? x + 0.5 : x));
  return { ...inputs, projected: { ...projected, values } };
}

const tokens: Check<GateRunner> = {
  name: 'token by token',
  title: 'the decay of a token depends on its own projection alone: documents and rows never see each other',
  hint: 'no cumsum, mean, softmax or shift over the axes of rows and time: what was before is for the rule',
  skip: (runner) => (runner.columns === 0 ? 'it projects nothing' : undefined),
  async run(runner) {
    const inputs = runner.inputs();
    const size = inputs.projected?.values.length ?? 0;
    const before = (await runner.run(inputs))[LOG_DECAY];
    const at = Math.floor(size / 2) + 1;
    const after = (await runner.run(moved(inputs, at)))[LOG_DECAY];
    if (!before || !after) return undefined;
    // Both have rows, heads and tokens first: where the projection was moved, and where the decay has.
    const tokenOf = ({ values }: Numbers, index: number): string => {
      const perToken = values.length / (ROWS * runner.place.H * TOKENS);
      const token = Math.floor(index / Math.max(1, perToken));
      return `${token % TOKENS} of row ${Math.floor(token / (TOKENS * runner.place.H))}`;
    };
    const own = tokenOf(inputs.projected ?? before, at);
    const other = after.values.findIndex(
      (x, i) => !Object.is(x, before.values[i]) && tokenOf(after, i) !== own,
    );
    if (other < 0) return undefined;
    return {
      expected: `a change of token ${own} to leave every other token as it is`,
      got: `another decay at ${placeOf(after.shape, other)}`,
      where: 'six tokens in two rows',
      hint: tokens.hint,
    };
  },
};

const singly: Check<GateRunner> = {
  name: 'one token',
  title: 'a token by itself, as in decoding, decays as it does in its row',
  hint: 'nothing may depend on T, nor on where in the row a token stands',
  async run(runner) {
    const inputs = runner.inputs();
    const whole = (await runner.run(inputs))[LOG_DECAY];
    const { projected } = inputs;
    if (!whole || !projected) return undefined;
    const width = projected.shape[3] ?? 1;
    const last = projected.values.filter((_, i) => Math.floor(i / width) % TOKENS === TOKENS - 1);
    const lone = { shape: projected.shape.map((n, axis) => (axis === 2 ? 1 : n)), values: last };
    const alone = (await runner.run({ ...inputs, projected: lone }))[LOG_DECAY];
    const wide = whole.shape[3] ?? 1;
    const wanted = whole.values.filter((_, i) => Math.floor(i / wide) % TOKENS === TOKENS - 1);
    const off = alone?.values.findIndex(
      (x, i) => Math.abs(x - (wanted[i] ?? NaN)) > 1e-6 * (1 + Math.abs(x)),
    );
    if (!alone || (off ?? -1) < 0) return undefined;
    return {
      expected: `${wanted[off ?? 0] ?? NaN} as in a row of ${TOKENS}`,
      got: String(alone.values[off ?? 0]),
      where: 'the last token by itself',
      hint: singly.hint,
    };
  },
};

/** Gradients of a random sum of the log decay. */
async function gradientsOf(runner: GateRunner, inputs: GateInputs) {
  const { H, K } = runner.place;
  const weighting = Rng.fromSeed(5).normals(ROWS * H * TOKENS * K);
  return { weighting, found: await runner.run(inputs, weighting) };
}

const noInputs = (runner: GateRunner): string | undefined =>
  runner.columns === 0 && runner.weights.length === 0 ? 'it has neither columns nor weights' : undefined;

const used: Check<GateRunner> = {
  name: 'all is used',
  title: 'every column that is projected and every weight has an effect on the decay',
  hint: 'ask for 0 columns where none is read, and return from weights() what logDecay() reads and nothing else',
  skip: noInputs,
  async run(runner) {
    const inputs = runner.inputs();
    const { found } = await gradientsOf(runner, inputs);
    const width = runner.columns;
    return firstFinding(Object.entries(found), ([name, { values }]) => {
      const idle = (part: (i: number) => boolean): boolean => values.every((x, i) => !part(i) || x === 0);
      const parts = name === 'projected' && width > 1 ? width : 1;
      const column = Array.from({ length: parts }, (_, c) => c).find((c) => idle((i) => i % parts === c));
      if (column === undefined || values.length === 0) return undefined;
      const got = parts > 1 ? `no effect of column ${column}` : 'no effect';
      return { expected: `${name} to have an effect`, got, where: `${name}, at the start`, hint: used.hint };
    });
  },
};

const gradients: Check<GateRunner> = {
  name: 'gradients',
  title: 'the gradient of projection and weights is finite, and what finite differences give',
  hint: 'look for tf.customGrad, ops without a gradient, and square roots or logs of 0',
  skip: noInputs,
  async run(runner) {
    const inputs = runner.inputs();
    const { weighting, found } = await gradientsOf(runner, inputs);
    const loss = async (name: string, direction: Float32Array, by: number): Promise<number> => {
      const own = inputs[name];
      if (!own) return NaN;
      const values = own.values.map((x, i) => x + by * (direction[i] ?? 0));
      const decay = (await runner.run({ ...inputs, [name]: { ...own, values } }))[LOG_DECAY];
      return decay ? dot(decay.values, weighting.subarray(0, decay.values.length)) : 0;
    };
    return firstFinding(Object.entries(found), async ([name, gradient]) => {
      const hint = gradients.hint;
      const bad = gradient.values.find((x) => !Number.isFinite(x));
      if (bad !== undefined) return { expected: 'finite gradients', got: String(bad), where: name, hint };
      const direction = Rng.fromSeed(6).normals(gradient.values.length);
      const slope = dot(gradient.values, direction);
      const eps = 1e-2;
      const rise = ((await loss(name, direction, eps)) - (await loss(name, direction, -eps))) / (2 * eps);
      if (Math.abs(slope - rise) <= 5e-3 + 3e-2 * Math.abs(rise)) return undefined;
      const got = `${slope.toPrecision(5)} where the sum rises by ${rise.toPrecision(5)}`;
      return { expected: 'the slope along a random direction', got, where: name, hint };
    });
  },
};

/** Parameters each at an end of its range, or each of its words. */
function* extremes({ gate }: GateRunner): Generator<Params> {
  for (const [name, { range, choices = [] }] of Object.entries(gate.params)) {
    for (const value of range ?? choices) yield { [name]: value };
  }
}

const parameters: Check<GateRunner> = {
  name: 'parameters',
  title: 'at the ends of every range, and with every word, decays are finite and at most 0',
  hint: 'narrow the range, or refuse what does not go together by a ConfigError',
  skip: ({ gate }) => (Object.keys(gate.params).length === 0 ? 'the gate has no parameters' : undefined),
  run: async (runner) =>
    firstFinding(extremes(runner), async (params) => {
      const other = runner.with(params);
      try {
        const decay = (await other.run(other.inputs()))[LOG_DECAY];
        const got = decay && firstWhere(decay, (x) => !(x <= 0) || !Number.isFinite(x));
        if (got === undefined) return undefined;
        const where = JSON.stringify(params);
        return { expected: 'finite numbers of at most 0', got, where, hint: parameters.hint };
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        if (cause instanceof ConfigError) return undefined;
        throw error;
      } finally {
        await other.dispose();
      }
    }),
};

/** The decay by a runner made for this call alone. */
async function runAnew(runner: GateRunner, inputs: ReturnType<GateRunner['inputs']>) {
  const other = runner.with(runner.params);
  try {
    return (await other.run(inputs))[LOG_DECAY];
  } finally {
    await other.dispose();
  }
}

const hygiene: Check<GateRunner> = {
  name: 'no tensor left',
  title: 'within tf.tidy nothing stays but the decay, and the same inputs give the same bits',
  hint: 'no tf.keep, tf.variable, tf.randomNormal or Math.random, and no state between calls',
  async run(runner) {
    const inputs = runner.inputs();
    runner.leftBehind(inputs); // what a gate makes once and for all is made now
    const left = runner.leftBehind(inputs);
    const where = 'two calls in a row';
    if (left !== 0) {
      return { expected: 'no tensor more than the decay', got: `${left} more`, where, hint: hygiene.hint };
    }
    const first = (await runner.run(inputs))[LOG_DECAY];
    const second = await runAnew(runner, inputs);
    const same = first?.values.every((x, i) => Object.is(x, second?.values[i])) ?? second === undefined;
    return same ? undefined : { expected: 'the same bits twice', got: 'others', where, hint: hygiene.hint };
  },
};

/** Every check of a gate, in the order in which they are run. */
export const gateChecks: readonly Check<GateRunner>[] = [
  columns,
  weights,
  shape,
  bounded,
  tokens,
  singly,
  used,
  gradients,
  parameters,
  hygiene,
];
