import { firstFinding, type Check, type CheckFinding } from '../../core/check.js';
import { dot } from '../../core/numbers.js';
import { Rng } from '../../core/rng.js';
import { sameShape } from '../../core/shapes.js';
import { shown } from '../../core/text.js';
import type { Numbers } from '../ruleCase.js';
import { weightsFinding } from '../weightsFinding.js';
import { CACHE, type MixerRunner, ROWS, type Row, TOKENS, WIDTH } from './mixerRunner.js';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** What two forms of the same sums may differ by. */
const CLOSE = 2e-4;

const differ = (a: number, b: number): boolean => !(Math.abs(a - b) <= CLOSE * (1 + Math.abs(b)));

/** Where a number of `[rows,T,WIDTH]` stands. */
function tokenAt(
  [, T = 1]: readonly number[],
  index: number,
): { readonly row: number; readonly token: number } {
  const token = Math.floor(index / WIDTH);
  return { row: Math.floor(token / T), token: token % T };
}

/** `token 5 of row 1, channel 3` of `[rows,T,WIDTH]`. */
function placeOf(shape: readonly number[], index: number): string {
  const { row, token } = tokenAt(shape, index);
  return `token ${token} of row ${row}, channel ${index % WIDTH}`;
}

/** The first number that differs, told where, of those that count. */
function difference(
  got: Numbers,
  wanted: Numbers,
  counts: (index: number) => boolean = () => true,
): string | undefined {
  const index = wanted.values.findIndex((x, i) => counts(i) && differ(got.values[i] ?? NaN, x));
  if (index < 0) return undefined;
  return `${String(got.values[index])} instead of ${String(wanted.values[index])} at ${placeOf(wanted.shape, index)}`;
}

const listText = (shapes: Shapes): string =>
  Object.entries(shapes)
    .map(([name, shape]) => `${name} [${shape.join(',')}]`)
    .sort()
    .join(', ') || 'none';

const weights: Check<MixerRunner> = {
  name: 'weights',
  title:
    'weights have names of their own and as many finite values as their shape says; inputs names matrices',
  hint: 'specs(D) gives matrixSpec(name, rows, columns) and constantSpec(name, shape, value); inputs lists those that multiply x',
  run({ specs, plan }) {
    const where = `specs(${WIDTH})`;
    const finding = weightsFinding(specs, where, weights.hint);
    if (finding) return finding;
    const wrong = plan.inputs.find((name) => {
      const own = specs.find((spec) => spec.name === name)?.shape;
      return own && own[0] !== WIDTH;
    });
    if (wrong === undefined) return undefined;
    return { expected: `inputs with ${WIDTH} rows each`, got: `'${wrong}'`, where, hint: weights.hint };
  },
};

const shape: Check<MixerRunner> = {
  name: 'shape',
  title: 'forward gives finite numbers [B,T,D] for rows of any length, also of one token',
  hint: 'the last product has D columns: matrixSpec(name, width, D, outputScale)',
  run: async (runner) =>
    firstFinding([1, TOKENS], async (T) => {
      const out = await runner.run(runner.inputs(T));
      const finding = (expected: string, got: string): CheckFinding => {
        return { expected, got, where: `B = ${ROWS}, T = ${T}, D = ${WIDTH}`, hint: shape.hint };
      };
      const wanted = [ROWS, T, WIDTH];
      if (!sameShape(out.shape, wanted)) return finding(`[${wanted.join(',')}]`, `[${out.shape.join(',')}]`);
      const bad = out.values.findIndex((x) => !Number.isFinite(x));
      return bad < 0
        ? undefined
        : finding('finite numbers', `${out.values[bad]} at ${placeOf(out.shape, bad)}`);
    }),
};

const state: Check<MixerRunner> = {
  name: 'state',
  title: 'next gives a state of the names and shapes of initState, whose size does not grow',
  hint: 'return every field from next as it stands in initState; what is carried is of constant size',
  run: (runner) =>
    firstFinding([1, 3], (T) => {
      const [before, after] = [runner.startShapes(ROWS, CACHE), runner.nextShapes(T)];
      if (listText(before) === listText(after)) return undefined;
      const where = `next on ${T} ${T === 1 ? 'token' : 'tokens'}`;
      return { expected: `state ${listText(before)}`, got: listText(after), where, hint: state.hint };
    }),
};

const cache: Check<MixerRunner> = {
  name: 'keeps tokens',
  title: 'keepsTokens says whether the state is larger for a longer cache',
  hint: 'only a mixer with keepsTokens: true makes its state by cacheLength',
  run(runner) {
    const [short, long] = [runner.startShapes(1, CACHE), runner.startShapes(1, 2 * CACHE)];
    const grows = listText(short) !== listText(long);
    if (grows === runner.mixer.keepsTokens) return undefined;
    return {
      expected: `keepsTokens: ${String(grows)}`,
      got: String(runner.mixer.keepsTokens),
      where: `state ${listText(short)} for ${CACHE} tokens, ${listText(long)} for ${2 * CACHE}`,
      hint: cache.hint,
    };
  },
};

/** In how many tokens at a time a row is read. */
const PIECES: readonly (readonly number[])[] = [
  [TOKENS],
  Array<number>(TOKENS).fill(1),
  [3, 1, TOKENS - 6, 2],
];

const pieces: Check<MixerRunner> = {
  name: 'pieces',
  title: 'next gives what forward gives: all tokens at once, one by one, and in pieces',
  hint: 'next is forward on the tokens after those that the state has seen: what is generated depends on it alone',
  async run(runner) {
    const x = runner.inputs(TOKENS);
    const wanted = await runner.run(x);
    return firstFinding(PIECES, async (lengths) => {
      const got = difference(await runner.run(x, { pieces: lengths }), wanted);
      const where = `next on ${lengths.join(', ')} ${lengths.length === 1 ? 'tokens at once' : 'tokens in turn'}`;
      return got === undefined
        ? undefined
        : { expected: 'what forward gives', got, where, hint: pieces.hint };
    });
  },
};

/** Inputs whose numbers are others where something holds of the row and token. */
function changed({ shape: own, values }: Numbers, holds: (row: number, token: number) => boolean): Numbers {
  const moved = values.map((value, i) => {
    const { row, token } = tokenAt(own, i);
    return holds(row, token) ? value + 1 : value;
  });
  return { shape: own, values: moved };
}

/** A check that a change of some tokens leaves others alone. */
interface Apart {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  readonly row: Row;
  readonly where: string;
  readonly expected: string;
  /** What is changed, and what must stay. */
  readonly changes: (row: number, token: number) => boolean;
  readonly stays: (row: number, token: number) => boolean;
}

const HALF = 6;

function apart({ name, title, hint, row, where, expected, changes, stays }: Apart): Check<MixerRunner> {
  return {
    name,
    title,
    hint,
    async run(runner) {
      const x = runner.inputs(TOKENS);
      const before = await runner.run(x, row);
      const after = await runner.run(changed(x, changes), row);
      const got = difference(after, before, (i) => {
        const at = tokenAt(x.shape, i);
        return stays(at.row, at.token);
      });
      return got === undefined ? undefined : { expected, got, where, hint };
    },
  };
}

const causality = apart({
  name: 'causality',
  title: 'a token sees none that come after it',
  hint: 'mask what is later: a mean, softmax or product over all of the time axis sees the future',
  row: {},
  where: `tokens from ${HALF} on changed`,
  expected: 'the outputs before them as they were',
  changes: (_, token) => token >= HALF,
  stays: (_, token) => token < HALF,
});

const rows = apart({
  name: 'rows',
  title: 'rows of a batch do not see each other',
  hint: 'no sum, mean or reshape across the first axis',
  row: {},
  where: 'row 1 changed',
  expected: 'row 0 as it was',
  changes: (row) => row === 1,
  stays: (row) => row === 0,
});

/** A boundary in one row, and none in the other. */
const DOCUMENTS = Int32Array.from({ length: ROWS * TOKENS }, (_, i) => (i < TOKENS && i >= HALF ? 1 : 0));

const leak = apart({
  name: 'documents',
  title: 'a document sees none of the documents before it in its row',
  hint: 'use the third argument of forward: ids per token, the same within a document; start anew where they change',
  row: { documents: DOCUMENTS },
  where: `a document that starts at token ${HALF} of row 0; the one before it changed`,
  expected: 'the second document as it was',
  changes: (row, token) => row === 0 && token < HALF,
  stays: (row, token) => row === 0 && token >= HALF,
});

const anew: Check<MixerRunner> = {
  name: 'a new document',
  title: 'a document within a row is read as if it stood alone',
  hint: 'at the first token of a document everything carried is as initState makes it',
  async run(runner) {
    const x = runner.inputs(TOKENS);
    const inRow = await runner.run(x, { documents: DOCUMENTS });
    const part = (all: Numbers): Numbers => {
      const first = all.values.subarray(HALF * WIDTH, TOKENS * WIDTH);
      return { shape: [1, TOKENS - HALF, WIDTH], values: first };
    };
    const got = difference(part(inRow), await runner.run(part(x)));
    if (got === undefined) return undefined;
    return {
      expected: 'what the document gives alone',
      got,
      where: `a document that starts at token ${HALF}`,
      hint: anew.hint,
    };
  },
};

const gradients: Check<MixerRunner> = {
  name: 'gradients',
  title: 'every weight has an effect, and gradients are what finite differences give',
  hint: 'return from specs only what is read; look for tf.customGrad, ops without a gradient, and roots or logs of 0',
  async run(runner) {
    const x = runner.inputs(TOKENS);
    const weighting = Rng.fromSeed(3).normals(x.values.length);
    const found = await runner.gradients(x, weighting);
    const { weights: own } = runner;
    return firstFinding(Object.entries(found), async ([name, gradient]) => {
      const finding = (expected: string, got: string): CheckFinding => {
        return { expected, got, where: name, hint: gradients.hint };
      };
      const bad = gradient.values.find((value) => !Number.isFinite(value));
      if (bad !== undefined) return finding('finite gradients', String(bad));
      if (gradient.values.every((value) => value === 0)) return finding('an effect', 'none');
      const drawn = Rng.fromSeed(4).derive(name).normals(gradient.values.length);
      const direction = drawn.map((value) => value / Math.sqrt(dot(drawn, drawn)));
      const moved = (numbers: Numbers, by: number): Numbers => {
        return { ...numbers, values: numbers.values.map((value, i) => value + by * (direction[i] ?? 0)) };
      };
      const index = runner.specs.findIndex((spec) => spec.name === name);
      const loss = async (by: number): Promise<number> => {
        const at = index < 0 ? moved(x, by) : x;
        const all = own.map((numbers, i) => (i === index ? moved(numbers, by) : numbers));
        return dot((await runner.run(at, {}, all)).values, weighting);
      };
      const eps = 2e-2;
      const slope = dot(gradient.values, direction);
      const rise = ((await loss(eps)) - (await loss(-eps))) / (2 * eps);
      if (Math.abs(slope - rise) <= 5e-3 + 3e-2 * Math.abs(rise)) return undefined;
      return finding(
        'the slope along a random direction',
        `${slope.toPrecision(5)} where the sum rises by ${rise.toPrecision(5)}`,
      );
    });
  },
};

const operations: Check<MixerRunner> = {
  name: 'operations',
  title: 'operations(length) is a number of at least 0',
  hint: 'count those beside the products with the weights; 0 where there are none',
  async run({ plan }) {
    const count: unknown = await plan.operations(TOKENS);
    if (typeof count === 'number' && count >= 0 && count < Infinity) return undefined;
    return {
      expected: 'a number of at least 0',
      got: shown(count),
      where: `operations(${TOKENS})`,
      hint: operations.hint,
    };
  },
};

const hygiene: Check<MixerRunner> = {
  name: 'no tensor left',
  title: 'within tf.tidy forward and next leave nothing but what they give',
  hint: 'no tf.keep, tf.variable or state between calls',
  run(runner) {
    runner.leftBehind(); // what is made once and for all is made now
    const left = runner.leftBehind();
    if (left === 0) return undefined;
    return {
      expected: 'no tensor more',
      got: `${left} more`,
      where: 'two calls in a row',
      hint: hygiene.hint,
    };
  },
};

/** Every check of a mixer, in the order in which they are run. */
export const mixerChecks: readonly Check<MixerRunner>[] = [
  weights,
  shape,
  state,
  cache,
  pieces,
  causality,
  rows,
  leak,
  anew,
  gradients,
  operations,
  hygiene,
];
