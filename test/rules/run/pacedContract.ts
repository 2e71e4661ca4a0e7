import { expect, it } from 'vitest';
import { rules } from '../../../src/rules/registry.js';
import { updatedEvery } from '../../../src/rules/run/updateEvery.js';
import { checkRule } from '../../../src/verify/checkRule.js';
import { ruleChecks } from '../../../src/verify/registry.js';
import { DIMS, type DecayKind } from '../../../src/verify/ruleCase.js';
import { RuleRunner, STEP } from '../../../src/verify/ruleRunner.js';
import '../../support/close.js';
import { bothEngines } from '../../support/engines.js';
import { runOracle, type NumberArray, type NumberArrays } from '../../support/oracle.js';
import { ruleCase, type RuleCase } from '../../support/ruleCase.js';

const [eager, graph] = await bothEngines();
const PERIODS = [1, 3];

type Fields = Readonly<Record<string, NumberArray>>;

/** The inputs of one token of one row and head. */
function tokenOf(inputs: NumberArrays, b: number, h: number, t: number): NumberArrays {
  const own = Object.entries(inputs).filter(([name]) => !name.startsWith('state.'));
  return Object.fromEntries(
    own.map(([name, { shape, values }]) => {
      const [B = 1, H = 1, T = 1, ...rest] = shape;
      const size = rest.reduce((n, length) => n * length, 1);
      const start = (((B === 1 ? 0 : b) * H + h) * T + t) * size;
      return [name, { shape: [1, 1, 1, ...rest], values: values.slice(start, start + size) }];
    }),
  );
}

/** By the definition, in float64: every step by the rule's own oracle, for rules whose write has beta as a factor. */
function oracle({ rule, inputs, documents, params }: RuleCase): { outputs: number[]; S: number[] } {
  const { B, H } = DIMS;
  const T = inputs.q!.shape[2]!;
  const run = (token: NumberArrays, state: Fields) =>
    runOracle(rule, { ...token, ...state }, undefined, params);
  const mix = (state: Fields, change: (name: string, i: number) => number): Fields =>
    Object.fromEntries(
      Object.entries(state).map(([name, { shape, values }]) => {
        return [name, { shape, values: Float64Array.from(values, (_, i) => change(name, i)) }];
      }),
    );
  const [outputs, S]: [number[], number[]] = [[], []];
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      let [read, coming, heard]: [Fields, Fields, number] = [{}, {}, 0];
      for (let t = 0; t < T; t++) {
        const token = tokenOf(inputs, b, h, t);
        const silent = { ...token, 'signals.beta': { shape: [1, 1, 1], values: Float64Array.of(0) } };
        const still = Object.fromEntries(Object.entries(silent).filter(([name]) => name !== 'logDecay'));
        const starts = t === 0 || (documents && documents[b * T + t] !== documents[b * T + t - 1]);
        if (starts) {
          const nothing = run(still, {}).state;
          [read, coming, heard] = [nothing, nothing, 0];
        }
        const written = run(token, read).state;
        const faded = run(silent, read).state;
        const rest = run(silent, coming).state;
        const period = PERIODS[h]!;
        coming = mix(rest, (name, i) => {
          return rest[name]!.values[i]! + (written[name]!.values[i]! - faded[name]!.values[i]!) / period;
        });
        heard = (heard + 1) % period;
        read = heard === 0 ? coming : faded;
        outputs.push(...run(still, read).outputs.values);
      }
      S.push(...read['state.S']!.values);
    }
  }
  return { outputs, S };
}

/** A rule with two memories, one updated at every token and one at every third, against the definition. */
export function equalsTheDefinition(rule: string): void {
  const paced = updatedEvery(rules[rule]!, PERIODS);

  it.each<[DecayKind, boolean]>([
    ['none', false],
    ['head', true],
    ['channel', true],
  ])('equals the definition, decay %s, documents %s, on both engines', async (decay, documents) => {
    const on = ruleCase({ ...DIMS, T: 11, rule, decay, documents, state: false });
    const wanted = oracle(on);
    for (const engine of [eager, graph]) {
      const runner = new RuleRunner(paced, engine, []);
      const got = await runner.run(on, STEP);
      await runner.dispose();
      expect(got.outputs!.values).toBeAllClose(wanted.outputs, { rtol: 1e-4, atol: 1e-5 });
      expect(got['state.S']!.values).toBeAllClose(wanted.S, { rtol: 1e-4, atol: 1e-5 });
    }
  });
}

/**
 * What cannot hold from the random states that checks begin with: there the memory to come is not the mean of what the
 * rule makes of the one that is read, and the usage of a key channel falls below 0.
 */
const FROM_REACHED_STATES: Readonly<Record<string, readonly string[]>> = {
  'preconditioned-delta': ['extreme decay', 'bounds'],
};

/** `checkRule` of a rule updated at every third token. */
export function keepsTheContract(rule: string): void {
  it('keeps the contract', async () => {
    const left = FROM_REACHED_STATES[rule] ?? [];
    const checks = ruleChecks.map(({ name }) => name).filter((name) => !left.includes(name));
    const results = await checkRule(updatedEvery(rules[rule]!, [3]), {
      engine: eager,
      checks,
      lengths: [1, 7],
    });
    expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
  });
}
