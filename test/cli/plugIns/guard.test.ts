import { describe, expect, it } from 'vitest';
import previousToken from '../../../examples/own-mixer.js';
import { explain } from '../../../cli/failure.js';
import { guardPlugIn } from '../../../cli/plugIns/guard.js';
import { mixerResults, ruleResults } from '../../../cli/plugIns/results.js';
import { MARK } from '../../../cli/plugIns/mark.js';
import { PlugInError } from '../../../src/core/errors.js';
import { tf } from '../../../src/core/tf.js';
import type { Mixer } from '../../../src/mixers/contract.js';
import type { LearningRule } from '../../../src/rules/contract.js';
import { delta } from '../../../src/rules/delta.js';
import { runRule } from '../../../src/rules/run/runRule.js';
import { traceMemory } from '../../../src/rules/run/traceMemory.js';

/** What a run of a rule throws, whose one function gives something else. */
function faultOf(change: Partial<LearningRule>, form: 'step' | 'chunk' = 'step'): unknown {
  const how = { kind: 'rule', path: './mine.ts', results: ruleResults } as const;
  const rule = guardPlugIn<LearningRule>({ ...delta, ...change }, how);
  const xs = {
    q: tf.ones([1, 2, 3, 4]),
    k: tf.ones([1, 2, 3, 4]),
    v: tf.ones([1, 2, 3, 5]),
    signals: { beta: tf.ones([1, 2, 3]) },
  };
  try {
    tf.tidy(() => {
      runRule(rule, xs, { form });
      traceMemory(rule, xs, {});
    });
  } catch (error) {
    return error;
  }
  return undefined;
}

// The casts below: what a rule without types may do.
const cases: readonly (readonly [string, Partial<LearningRule>, string, 'step' | 'chunk'])[] = [
  [
    'a step that throws',
    {
      step: () => {
        throw new TypeError('x');
      },
    },
    'expected step to run, got TypeError: x',
    'step',
  ],
  [
    'a step that gives nothing',
    { step: () => undefined as never },
    'expected step().output of shape [1,2,5], got nothing',
    'step',
  ],
  [
    'an output of another shape',
    { step: (state, x) => ({ output: x.q, state }) },
    'expected step().output of shape [1,2,5], got [1,2,4]',
    'step',
  ],
  [
    'an output that is no tensor',
    { step: (state) => ({ output: [1] as never, state }) },
    'expected step().output of shape [1,2,5], got no tensor',
    'step',
  ],
  [
    'a state without S',
    { step: (_, x) => ({ output: x.v, state: {} as never }) },
    'expected step().state.S of shape [1,2,5,4], got nothing',
    'step',
  ],
  [
    'an empty memory of another shape',
    { initState: () => ({ S: tf.zeros([1]) }) },
    'expected initState().S of shape [1,2,5,4], got [1]',
    'step',
  ],
  [
    'a chunk form that gives nothing',
    { chunk: () => undefined as never },
    'expected chunk().outputs of shape [1,2,3,5], got nothing',
    'chunk',
  ],
  [
    'a measure of another shape',
    { stability: { quantity: 'something', bound: 1, measure: (x) => x.k } },
    'expected stability.measure() of shape [1,2], got [1,2,4]',
    'step',
  ],
];

describe('a guarded rule', () => {
  it.each(cases)('with %s is at fault, not this package', (_, change, message, form) => {
    const error = faultOf(change, form);
    expect(error).toBeInstanceOf(PlugInError);
    expect(explain(error)).toEqual({
      code: 'PLUG_IN',
      exitCode: 2,
      message: `the rule of ./mine.ts: ${message}; run 'pavlov check-rule ./mine.ts'`,
    });
  });

  it('that keeps the contract is the rule it was', () => {
    expect([faultOf({}), faultOf({}, 'chunk')]).toEqual([undefined, undefined]);
  });

  it('is not blamed for what the machine lacks', () => {
    const step = (): never => {
      throw new RangeError('Array buffer allocation failed');
    };
    expect(faultOf({ step })).toBeInstanceOf(RangeError);
  });
});

describe('a guarded mixer', () => {
  it.each<readonly [string, (state: object) => object, string]>([
    ['a field missing', () => ({}), 'expected plan().next().state.last of shape [1,1,4], got nothing'],
    [
      'a field that grows',
      () => ({ last: tf.ones([1, 2, 4]) }),
      'expected plan().next().state.last of shape [1,1,4], got [1,2,4]',
    ],
    [
      'a field too many',
      (state) => ({ ...state, more: tf.ones([1]) }),
      "expected plan().next().state of last, as initState gives it, got 'more' too",
    ],
  ])('with %s in its state is at fault', (_, change, message) => {
    const settings = { heads: 1, valueSize: 4, outputScale: 1 } as Parameters<Mixer['plan']>[0]; // what it reads
    const mixer: Mixer = {
      ...previousToken,
      plan(given, where) {
        const plan = previousToken.plan(given, where);
        const next: typeof plan.next = (...args) => {
          const { output, state } = plan.next(...args);
          return { output, state: change(state) as typeof state };
        };
        return { ...plan, next };
      },
    };
    const guarded = guardPlugIn(mixer, { kind: 'mixer', path: './mine.ts', results: mixerResults });
    const plan = guarded.plan(settings, 'here');
    const weights = { in: tf.ones([3, 4]), out: tf.ones([4, 3]) };
    expect(() => tf.tidy(() => plan.next(weights, tf.ones([1, 1, 3]), plan.initState(1, 8)))).toThrow(
      `the mixer of ./mine.ts: ${message}; run 'pavlov check-mixer ./mine.ts'`,
    );
  });
});

it('an error that no guard saw is told by the innermost of its frames that lies in a plug-in', () => {
  const error = new Error('no gradient');
  error.stack = [
    'Error: no gradient',
    '    at inner (file:///work/node_modules/tfjs/index.js:1:2)',
    `    at grad (file:///elsewhere/mine.ts${MARK}0a:7:9)`,
    `    at file:///elsewhere/mine.ts${MARK}0a:1:1`,
  ].join('\n');
  expect(explain(error)).toEqual({
    code: 'PLUG_IN',
    exitCode: 2,
    message: 'your code in /elsewhere/mine.ts:7:9: expected it to run, got Error: no gradient',
  });
});
