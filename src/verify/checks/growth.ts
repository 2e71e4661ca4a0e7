import { firstFinding, type CheckFinding, type Check } from '../../core/check.js';
import { Rng } from '../../core/rng.js';
import { tf } from '../../core/tf.js';
import type { RuleState } from '../../rules/contract.js';
import { writesOf } from '../../rules/inputs.js';
import { shown } from '../compare.js';
import {
  DIMS,
  mapped,
  signalBounds,
  tokenAt,
  vectors,
  withInputs,
  type NamedNumbers,
  type Numbers,
  type RuleCase,
} from '../ruleCase.js';
import type { RuleRunner } from '../ruleRunner.js';

/** How large a memory may grow of inputs of size 1: far above any sum of them, far below what diverges. */
const LIMIT = 1e5;
const TOKENS = 400;

/** Signals drawn over their whole range. */
function drawnSignals({ rule, defaults }: RuleRunner, on: RuleCase): NamedNumbers {
  const entries = Object.keys(rule.signals).map((name) => {
    const [low, high] = signalBounds(rule, name, defaults);
    const rng = Rng.fromSeed(4).derive(name);
    const signal = on.inputs[`signals.${name}`] as Numbers; // a case has all signals
    return [`signals.${name}`, mapped(signal, () => low + (high - low) * rng.uniform())] as const;
  });
  return Object.fromEntries(entries);
}

/** Signals at their upper bounds. */
function highSignals({ rule, defaults }: RuleRunner, on: RuleCase): NamedNumbers {
  const entries = Object.keys(rule.signals).map((name) => {
    const [, high] = signalBounds(rule, name, defaults);
    return [`signals.${name}`, mapped(on.inputs[`signals.${name}`] as Numbers, () => high)] as const; // as above
  });
  return Object.fromEntries(entries);
}

/** One vector at every token. */
function repeated(numbers: Numbers): Numbers {
  return mapped(numbers, (_, i) => numbers.values[i % (numbers.shape[3] ?? 1)] ?? 0);
}

/** Streams of tokens as the layer prepares them: random, and one association again and again. */
function streams(runner: RuleRunner): readonly RuleCase[] {
  const { B, H, K, V } = DIMS;
  const rng = Rng.fromSeed(5);
  const { normalise } = runner.rule;
  const n = writesOf(runner.rule, runner.defaults);
  const inWrites = ({ values }: Numbers, size: number): Numbers => ({
    shape: [B, H, TOKENS, n * size],
    values,
  });
  const k = inWrites(vectors(rng.derive('k'), [B, H, TOKENS * n, K], normalise.k), K);
  const v = inWrites(vectors(rng.derive('v'), [B, H, TOKENS * n, V], normalise.v), V);
  const on = withInputs(runner.case({ T: TOKENS }), { k, v });
  const most = highSignals(runner, on);
  const long = mapped(k, (x) => 10 * x);
  const label = (text: string): { readonly label: string } => ({ label: text });
  return [
    { ...withInputs(on, drawnSignals(runner, on)), ...label('random tokens') },
    { ...withInputs(on, most), ...label('random tokens, signals at their upper bounds') },
    {
      ...withInputs(on, { ...most, k: repeated(k), v: repeated(v) }),
      ...label('one key and value again and again, signals at their upper bounds'),
    },
    ...(runner.rule.anyKeys === true
      ? [
          { ...withInputs(on, { ...most, k: long }), ...label('random tokens, keys 10 times as long') },
          {
            ...withInputs(on, { ...most, k: repeated(long), v: repeated(v) }),
            ...label('one key, 10 times as long, and value again and again'),
          },
        ]
      : []),
  ];
}

interface Moment {
  readonly state: RuleState;
  /** Largest absolute value of the state; NaN counts as infinite. */
  readonly size: number;
  /** Largest measure of the rule's own bound, where it has one. */
  readonly measure: number | undefined;
  readonly measureShape: readonly number[];
}

function next({ rule, defaults }: RuleRunner, on: RuleCase, state: RuleState, t: number): Moment {
  const token = tokenAt(on, t);
  const measured = rule.stability?.measure(token, state, defaults);
  const { state: after } = rule.step(state, token, defaults);
  const sizes = Object.values(after).map((x) => tf.max(tf.abs(x)).dataSync()[0] ?? NaN);
  return {
    state: after,
    size: sizes.some(Number.isNaN) ? Infinity : Math.max(...sizes),
    measure: measured && (tf.max(measured).dataSync()[0] ?? NaN),
    measureShape: measured?.shape ?? [],
  };
}

/** What a rule says of a bound it declares: `[B,H]`, finite. */
function measureIssue({ measure, measureShape }: Moment): string | undefined {
  if (measure === undefined) return undefined;
  const { B, H } = DIMS;
  if (measureShape.join() !== `${B},${H}`) return `a measure [${measureShape.join(',')}]`;
  return Number.isFinite(measure) ? undefined : `a measure of ${String(measure)}`;
}

/** Follows a stream until the memory has grown too large. */
function follow(runner: RuleRunner, on: RuleCase): CheckFinding | undefined {
  const { stability } = runner.rule;
  let beyond: string | undefined;
  let state = runner.rule.initState(DIMS, runner.defaults);
  for (let t = 0; t < TOKENS; t++) {
    const moment = next(runner, on, state, t);
    const where = `token ${t}, ${on.label}`;
    const wrong = measureIssue(moment);
    if (wrong !== undefined) {
      return {
        expected: 'stability.measure to give a finite number [B,H]',
        got: wrong,
        where,
        hint: bounded.hint,
      };
    }
    if (stability && (moment.measure ?? 0) > stability.bound) {
      beyond ??= `${stability.quantity} above its bound ${stability.bound} first at token ${t}`;
    }
    if (moment.size > LIMIT) {
      const within = stability ? `, though ${stability.quantity} stayed within ${stability.bound}` : '';
      const course = beyond === undefined ? within : `, ${beyond}`;
      const got = `${shown(moment.size)}${course}`;
      return { expected: `a state of at most ${LIMIT}`, got, where, hint: bounded.hint };
    }
    state = moment.state;
  }
  return undefined;
}

/** The memory stays bounded on inputs as the layer prepares them. */
export const bounded: Check<RuleRunner> = {
  name: 'bounded',
  title:
    'the memory stays bounded for 400 tokens of the size that normalise promises, signals in their range',
  hint: "make the signal's upper bound smaller, ask for unit keys or values in normalise, or leave out anyKeys",
  run: async (runner) =>
    firstFinding(streams(runner), async (on) => {
      let finding: CheckFinding | undefined;
      tf.tidy(() => {
        finding = follow(runner, on);
      });
      return finding;
    }),
};
