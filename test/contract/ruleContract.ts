import { describe, expect, it } from 'vitest';
import { rules } from '../../src/rules/registry.js';
import { checkRule } from '../../src/verify/checkRule.js';
import { CLOSE, type Tolerance } from '../../src/verify/compare.js';
import { mapped, type DecayKind } from '../../src/verify/ruleCase.js';
import type { Engine } from '../../src/engine/engine.js';
import { ruleChecks } from '../../src/verify/registry.js';
import '../support/close.js';
import { tensorflowEngines } from '../support/tensorflow.js';
import { runOracle } from '../support/oracle.js';
import { oracles } from '../support/oracleRules.js';
import { ALL } from '../support/share.js';
import {
  expectSame,
  filledWith,
  formsOf,
  oracleOutcome,
  paramSettings,
  ruleCase,
  runCase,
  SIZES,
  strongestWrite,
  withDecay,
  withInputs,
  type CaseOptions,
  type RuleCase,
} from '../support/ruleCase.js';
import { bothEngines } from '../support/engines.js';

/** Checks that call the rule's functions as they are. */
const RUN_ON_NO_ENGINE = new Set(['initial state', 'bounded', 'no tensor left']);

const engines = await bothEngines();
const [eager, graph] = engines;
const decays: readonly DecayKind[] = ['none', 'head', 'shared', 'channel'];
const isHeld = (on: Engine, decay: DecayKind, onGraph: DecayKind): boolean =>
  on === eager || decay === onGraph || ALL;
/**
 * Checks, and lengths that leave a rest in chunks of 4 and of half of them, on the eager engine also of 16. On the graph
 * engine the shorter ones: what it adds is another way to run the same steps and chunks, at any length. There one kind of
 * decay is held against the oracle without documents and one with them; with PAVLOV_ALL=1 every kind is, in both ways.
 */
const checks = ruleChecks.map(({ name }) => name);
const onEngines = checks.filter((name) => !RUN_ON_NO_ENGINE.has(name));
const contracts = [
  { on: 'eager', engine: eager, checked: checks, lengths: [1, 7, 17] },
  { on: 'graph', engine: graph, checked: onEngines, lengths: [1, 5] },
  ...(await tensorflowEngines()).map((engine) => ({
    on: engine.device,
    engine,
    checked: onEngines,
    lengths: [1, 9],
  })),
];

function isDocumented(rule: string): void {
  it('is documented, and its parameters and signals are within their bounds', () => {
    const { name, title, equation, source, params, signals } = rules[rule]!;
    expect(name).toBe(rule);
    for (const text of [title, equation, source]) expect(text.length).toBeGreaterThan(4);
    for (const spec of Object.values(params)) {
      expect(spec.doc.length).toBeGreaterThan(10);
      if (typeof spec.default === 'string') expect(spec.choices).toContain(spec.default);
      else expect(spec.range![0] <= spec.default && spec.default <= spec.range![1]).toBe(true);
    }
    for (const { low, high, initial, meaning } of Object.values(signals)) {
      const highest = typeof high === 'number' ? high : params[high]!.default;
      expect(low < initial && initial < Number(highest)).toBe(true);
      expect(meaning.length).toBeGreaterThan(4);
    }
  });

  it('has an oracle', () => {
    expect(Object.keys(oracles)).toContain(rule);
  });
}

function wholeContractOf(rule: string): void {
  const sizes = (T: number): CaseOptions => ({ ...SIZES, T, rule, decay: 'head' });

  describe.each(contracts)('on $on', ({ engine, checked, lengths }) => {
    it.each(checked)('keeps the contract: %s', async (check) => {
      const results = await checkRule(rules[rule]!, { engine, checks: [check], lengths });
      expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
    });
  });

  isDocumented(rule);

  describe.each(decays)('with decay %s', (decay) => {
    describe.each(engines)('on $name', (engine) => {
      const lengths = isHeld(engine, decay, 'head') ? [...(engine === eager ? [1] : []), 7] : [];
      it.each(lengths)('equals the oracle in every form at T = %i', async (T) => {
        const on = ruleCase({ ...sizes(T), decay });
        const wanted = oracleOutcome(on);
        for (const form of formsOf(on, 3, 64)) expectSame(await runCase(engine, on, form), wanted);
      });

      it.runIf(isHeld(engine, decay, 'channel'))('equals the oracle where documents change', async () => {
        const on = ruleCase({ ...sizes(8), decay, documents: true });
        const wanted = oracleOutcome(on);
        const chunkSizes = engine === eager ? [1, 3, 64] : [3];
        for (const form of formsOf(on, ...chunkSizes)) expectSame(await runCase(engine, on, form), wanted);
      });
    });

    it('equals the oracle from an empty memory where no state is given', async () => {
      const on = ruleCase({ ...sizes(7), decay, state: false });
      const wanted = oracleOutcome(on);
      for (const form of formsOf(on, 2, 64)) expectSame(await runCase(eager, on, form), wanted);
    });
  });

  it.each(['head', 'channel'] as const)(
    'equals the oracle with zero keys and with write strengths at their bounds, decay %s',
    async (decay) => {
      const base = ruleCase({ ...sizes(8), decay });
      const at = (beta: number): RuleCase => withInputs(base, { 'signals.beta': filledWith(() => beta) });
      const [weakest, strongest] = [at(rules[rule]!.signals.beta?.low ?? 0), at(strongestWrite(rule))];
      const zeroKeys = withInputs(strongest, { k: filledWith(() => 0) });
      for (const each of [weakest, strongest, zeroKeys]) {
        const wanted = oracleOutcome(each);
        for (const form of formsOf(each, 3)) expectSame(await runCase(eager, each, form), wanted);
      }
    },
  );

  it('lets nothing of another document through, not even the gradient', async () => {
    const [T, at] = [23, 9];
    const documents = Int32Array.from({ length: SIZES.B * T }, (_, n) => (n % T < at ? 4 : 2));
    const on = ruleCase(sizes(T));
    const outputs = mapped(on.lossWeights.outputs!, (x, i) => (Math.floor(i / SIZES.V) % T < at ? 0 : x));
    const late = { ...on, documents, lossWeights: { ...on.lossWeights, outputs } };
    for (const form of formsOf(late, 4, 64)) {
      for (const [name, { values, shape }] of Object.entries(await runCase(eager, late, form))) {
        if (!name.startsWith('gradient of ')) continue;
        const width = shape[3] ?? 1;
        const before = values.filter((_, i) => name.includes('state.') || Math.floor(i / width) % T < at);
        // Decays are summed along a chunk, so there the zero is a difference of equal sums.
        const most = name.includes('logDecay') ? 1e-6 : 0;
        expect(
          before.every((x) => Math.abs(x) <= most),
          `${name}, ${JSON.stringify(form)}`,
        ).toBe(true);
      }
    }
  });

  it.each(paramSettings(rule))('equals the oracle with its parameters at %o', async (params) => {
    const on = ruleCase({ ...sizes(8), documents: true, params });
    const wanted = oracleOutcome(on);
    for (const form of formsOf(on, 3)) expectSame(await runCase(eager, on, form), wanted);
  });

  it.each([
    ['no decay at all', () => 0],
    ['total decay', () => -Infinity],
    ['decay far below float32', () => -1e4],
    ['an end of all memory amid slow decay', (i: number) => (i % 4 === 1 ? -Infinity : -0.3)],
  ])('has the outputs of the oracle with %s', async (_, value) => {
    const { B, H, K } = SIZES;
    for (const shape of [
      [B, H, 8],
      [B, H, 8, K],
    ]) {
      const on = withDecay(ruleCase(sizes(8)), shape, value);
      const { outputs } = runOracle(rule, on.inputs, on.documents, on.params);
      expect((await runCase(eager, on, { form: 'step' })).outputs!.values).toBeAllClose(
        outputs.values,
        CLOSE,
      );
    }
  });
}

/** One decay for all rows is a decay per head once it has been broadcast: see rules.test.ts. */
const lengthDecays: readonly DecayKind[] = ['none', 'head', 'channel'];

/** Every form on some engines gives what the steps give on the eager one; of a rule without chunks, the steps. */
async function expectDefinition(
  on: RuleCase,
  chunkSizes: readonly number[],
  { tolerance = CLOSE, engines: some = engines }: { tolerance?: Tolerance; engines?: readonly Engine[] } = {},
): Promise<void> {
  const [step, ...inChunks] = formsOf(on, ...chunkSizes);
  const others = (engine: Engine) => (inChunks.length > 0 || engine === eager ? inChunks : [step!]);
  if (some.every((engine) => others(engine).length === 0)) return;
  const wanted = await runCase(eager, on, step!);
  for (const engine of some) {
    for (const form of others(engine)) expectSame(await runCase(engine, on, form), wanted, tolerance);
  }
}

/** On the graph engine with a decay per channel alone, and in chunks of one size; with PAVLOV_ALL=1 everything on both. */
function lengthsContractOf(rule: string): void {
  it.each([ALL ? 256 : 128])('is what its step says at T = %i', async (T) => {
    const on = ruleCase({ ...SIZES, B: 1, H: 1, T, rule, decay: 'head', documents: true });
    await expectDefinition(on, ALL ? [32, T] : [T], { engines: ALL ? engines : [eager] });
  });

  describe.each(lengthDecays)('with decay %s', (decay) => {
    it('is what its step says at T = 100', async () => {
      const on = ruleCase({ ...SIZES, B: 1, H: 1, T: 100, rule, decay, documents: true });
      await expectDefinition(on, ALL ? [16, 32, 100] : [16, 100], { engines: [eager] });
      if (ALL || decay === 'channel') await expectDefinition(on, [16], { engines: [graph] });
    });

    // Nothing is as sensitive as what no decay damps.
    it.runIf(ALL || decay !== 'head').each(['k', 'v'])(
      'is exact where all 64 of %s are equal and written at full strength',
      async (name) => {
        const random = ruleCase({ ...SIZES, B: 1, T: 64, rule, decay });
        const { shape, values } = random.inputs[name]!;
        const same = filledWith((i) => values[i % shape[3]!]!);
        const beta = filledWith(() => strongestWrite(rule));
        const on = withInputs(random, { [name]: same, 'signals.beta': beta });
        // At the edge of stability nothing damps the rounding of a write; what is not linear in the state multiplies
        // it over 64 tokens.
        const tolerance = 'chunk' in rules[rule]! ? CLOSE : { rtol: 1e-3, atol: 1e-4 };
        await expectDefinition(on, [16, 64], { tolerance, engines: [eager] });
        if (ALL || decay === 'none') await expectDefinition(on, [64], { tolerance, engines: [graph] });
      },
    );
  });
}

/**
 * What `whole` holds against every form, engine, decay and length, `short` does at one of each, for rules that are made
 * of parts that whole contracts hold.
 */
function shortContractOf(rule: string): void {
  const small = { ...SIZES, B: 1, H: 2, T: 5, rule, documents: true } as const;

  it.each(SHORT_CHECKS)('keeps the contract: %s', async (check) => {
    const results = await checkRule(rules[rule]!, { engine: eager, checks: [check], lengths: [1, 5] });
    expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  isDocumented(rule);

  it('equals the oracle in every form', async () => {
    const on = ruleCase({ ...small, decay: 'head' });
    const wanted = oracleOutcome(on);
    for (const form of formsOf(on, 2)) expectSame(await runCase(eager, on, form), wanted);
    for (const form of formsOf(on, 2)) expectSame(await runCase(graph, on, form), wanted);
  });

  it('equals the oracle with a decay per key channel', async () => {
    const on = ruleCase({ ...small, decay: 'channel' });
    const wanted = oracleOutcome(on);
    for (const form of formsOf(on, 2)) expectSame(await runCase(eager, on, form), wanted);
  });
}

const SHORT_CHECKS = ['initial state', 'read-out', 'decay', 'carried state', 'shared reads', 'gradients'];

const BY_EXTENT = {
  whole: wholeContractOf,
  short: shortContractOf,
  lengths: lengthsContractOf,
} as const;

/** The contract of every rule named, to an extent. */
export function ruleContract(names: readonly string[], extent: keyof typeof BY_EXTENT): void {
  describe.each(names)(extent === 'lengths' ? 'rule %s over many tokens' : 'rule %s', BY_EXTENT[extent]);
}
