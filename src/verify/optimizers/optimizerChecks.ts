import { firstFinding, type Check, type CheckFinding } from '../../core/check.js';
import { Rng } from '../../core/rng.js';
import { sameShape, sizeOf } from '../../core/shapes.js';
import { shown } from '../../core/text.js';
import type { OptimizedWeight } from '../../optim/contract.js';
import { WEIGHTS, type Held, type OptimizerRunner, type Step } from './optimizerRunner.js';

const textOf = ({ name, shape }: OptimizedWeight): string => `${name} [${shape.join(',')}]`;

/** The gradient of step `t` of a weight. */
function gradientOf({ name, shape }: OptimizedWeight, t = 0, scale = 1): Float32Array {
  return Rng.fromSeed(2).derive(name, t).normals(sizeOf(shape), scale);
}

const zeros = ({ shape }: OptimizedWeight): Float32Array => new Float32Array(sizeOf(shape));

/** What is not a finite number, of the weight or of a slot. */
function notFinite({ weight, slots }: Held): string | undefined {
  const found = Object.entries({ weight, ...slots }).find(([, values]) => !values.every(Number.isFinite));
  if (!found) return undefined;
  return `${found[0]} ${String(found[1].find((x) => !Number.isFinite(x)))}`;
}

const equal = (a: Float32Array, b: Float32Array): boolean => a.every((x, i) => Object.is(x, b[i]));

/** The first difference of two weights with their slots. */
function differs(got: Held, wanted: Held): string | undefined {
  if (!equal(got.weight, wanted.weight)) return 'another weight';
  const slot = Object.entries(wanted.slots).find(([name, values]) => {
    const own = got.slots[name];
    return !own || !equal(values, own);
  });
  return slot && `another slot ${slot[0]}`;
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);

const slots: Check<OptimizerRunner> = {
  name: 'slots',
  title:
    'slots are named once each, and an update gives the weight and every slot in the shape of the weight',
  hint: "slots(info) lists names such as ['m']; update() returns { weight, slots } with a tensor for each of them",
  run: (runner) =>
    firstFinding(WEIGHTS, (info) => {
      const finding = (expected: string, got: string): CheckFinding => {
        return { expected, got, where: textOf(info), hint: slots.hint };
      };
      const names = runner.optimizer.slots(info);
      if (!isList(names) || new Set(names).size < names.length) {
        return finding('a list of names, each once', shown(names));
      }
      const given = runner.shapes(info);
      const wanted = ['', ...names];
      const wrong = wanted.find((name) => !sameShape(given[name] ?? [], info.shape));
      const what = (name: string): string => (name === '' ? 'the weight' : `slot ${name}`);
      if (wrong !== undefined) {
        return finding(
          `${what(wrong)} of shape [${info.shape.join(',')}]`,
          given[wrong] ? `[${given[wrong].join(',')}]` : 'none',
        );
      }
      const more = Object.keys(given).find((name) => !wanted.includes(name));
      return more === undefined ? undefined : finding(`slots ${names.join(', ') || 'none'}`, what(more));
    }),
};

/** Steps down |w - target|^2 / 2, and the part of it that is left. */
async function descended(runner: OptimizerRunner, info: OptimizedWeight, steps: number): Promise<number> {
  const target = gradientOf(info, 99);
  let held = runner.start(info);
  const loss = (weight: Float32Array): number =>
    weight.reduce((sum, x, i) => sum + (x - (target[i] ?? 0)) ** 2, 0);
  const before = loss(held.weight);
  for (let t = 1; t <= steps; t++) {
    const gradient = held.weight.map((x, i) => x - (target[i] ?? 0));
    held = await runner.update(info, held, gradient, { t });
  }
  return loss(held.weight) / before;
}

const STEPS = 200;

const descends: Check<OptimizerRunner> = {
  name: 'descends',
  title: 'a quadratic falls to a quarter within 200 updates at a rate of 0.05',
  hint: 'the new weight is weight minus rate times a direction: look at the sign, and at what the rate multiplies',
  run: async (runner) =>
    firstFinding(WEIGHTS, async (info) => {
      const left = await descended(runner, info, STEPS);
      if (left <= 0.25) return undefined;
      const got = Number.isFinite(left) ? `${left.toPrecision(3)} of it left` : String(left);
      return { expected: 'at most 0.25 of the loss', got, where: textOf(info), hint: descends.hint };
    }),
};

/** Checks that are one update each of every kind of weight. */
interface OneUpdate {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  readonly expected: string;
  readonly gradient: (info: OptimizedWeight) => Float32Array;
  readonly step?: Step;
  readonly weightDecay?: number;
  /** Kinds of weights it is about. */
  readonly of?: (info: OptimizedWeight) => boolean;
  /** What is wrong with the result; what came instead. */
  readonly fault: (after: Held, before: Held) => string | undefined;
}

const unmoved: OneUpdate['fault'] = (after, before) =>
  notFinite(after) ?? (equal(after.weight, before.weight) ? undefined : 'another weight');

function oneUpdate(check: OneUpdate): Check<OptimizerRunner> {
  const { name, title, hint, expected, gradient, step, weightDecay = 0, of = () => true, fault } = check;
  return {
    name,
    title,
    hint,
    run: async (runner) =>
      firstFinding(WEIGHTS.filter(of), async (info) => {
        const before = runner.start(info);
        const after = await runner.update(info, before, gradient(info), step, weightDecay);
        const got = fault(after, before);
        return got === undefined ? undefined : { expected, got, where: textOf(info), hint };
      }),
  };
}

const zeroGradient = oneUpdate({
  name: 'zero gradient',
  title: 'a gradient of zero at the start leaves the weight as it is, and everything finite',
  hint: 'add epsilon below a root or a division: 0 / 0 is NaN',
  expected: 'the same weight, all numbers finite',
  gradient: zeros,
  fault: unmoved,
});

const zeroRate = oneUpdate({
  name: 'rate of 0',
  title: 'at a learning rate of 0, as at the first step of a warm-up, no weight moves',
  hint: 'every change of the weight is multiplied by scalars.rate or scalars.adamRate, not by settings.learningRate',
  expected: 'the same weight, to the last bit',
  gradient: (info) => gradientOf(info),
  step: { rate: 0 },
  weightDecay: 0.1,
  fault: unmoved,
});

const undecayed = oneUpdate({
  name: 'weight decay',
  title: 'weights that do not decay (norms, gates, biases) are not pulled to 0',
  hint: 'decay by info.decayed ? tf.mul(weight, scalars.keep) : weight',
  expected: 'the same weight, as its gradient is 0',
  gradient: zeros,
  weightDecay: 0.1,
  of: ({ decayed }) => !decayed,
  fault: unmoved,
});

const large = oneUpdate({
  name: 'large gradients',
  title: 'a gradient of about 1e8 leaves every number finite',
  hint: 'divide before you square, or keep squares out of products with each other: float32 ends at 3e38',
  expected: 'finite numbers',
  gradient: (info) => gradientOf(info, 0, 1e8),
  fault: notFinite,
});

const scaled: Check<OptimizerRunner> = {
  name: 'gradient scale',
  title: 'gradientScale multiplies the gradient: clipping and the mean over the batch are in it',
  hint: 'use tf.mul(gradient, scalars.gradientScale), and its square on `squared`, before anything else',
  run: async (runner) =>
    firstFinding(WEIGHTS, async (info) => {
      const gradient = gradientOf(info);
      const held = runner.start(info);
      const half = await runner.update(info, held, gradient, { scale: 0.5 });
      const halved = await runner.update(
        info,
        held,
        gradient.map((x) => 0.5 * x),
      );
      const off = halved.weight.findIndex((x, i) => Math.abs(x - (half.weight[i] ?? NaN)) > 1e-5);
      if (off < 0) return undefined;
      const expected = `${halved.weight[off]} as with the gradient halved`;
      return {
        expected,
        got: String(half.weight[off]),
        where: `${textOf(info)}, scale 0.5`,
        hint: scaled.hint,
      };
    }),
};

/** Three updates, then three more from what was kept. */
async function run(runner: OptimizerRunner, info: OptimizedWeight, from: number, held: Held): Promise<Held> {
  let now = held;
  for (let t = from; t < from + 3; t++) now = await runner.update(info, now, gradientOf(info, t), { t });
  return now;
}

const state: Check<OptimizerRunner> = {
  name: 'state',
  title: 'six updates are three, a save and a load, and three: the same bits, whatever other weights do',
  hint: 'all that an update remembers is in its slots; no variable outside update() changes',
  run: async (runner) =>
    firstFinding(WEIGHTS, async (info) => {
      const whole = await run(runner, info, 4, await run(runner, info, 1, runner.start(info)));
      for (const other of WEIGHTS) await run(runner, other, 1, runner.start(other));
      await runner.forget();
      const saved = await run(runner, info, 1, runner.start(info));
      await runner.forget();
      const got = differs(await run(runner, info, 4, saved), whole);
      return got === undefined
        ? undefined
        : { expected: 'the same bits', got, where: `${textOf(info)}, six updates`, hint: state.hint };
    }),
};

const leaks: Check<OptimizerRunner> = {
  name: 'no tensor left',
  title: 'within tf.tidy nothing stays but the weight and its slots',
  hint: 'no tf.keep, no tf.variable, and no tensors kept for later',
  run: (runner) =>
    firstFinding(WEIGHTS, (info) => {
      runner.leftBehind(info); // what is made once and for all is made now
      const left = runner.leftBehind(info);
      if (left === 0) return undefined;
      const expected = 'no tensor more than the results';
      return { expected, got: `${left} more`, where: textOf(info), hint: leaks.hint };
    }),
};

/** Every check of an optimizer, in the order in which they are run. */
export const optimizerChecks: readonly Check<OptimizerRunner>[] = [
  slots,
  descends,
  zeroGradient,
  zeroRate,
  undecayed,
  large,
  scaled,
  state,
  leaks,
];
