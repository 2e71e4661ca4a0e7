import { z } from 'zod';
import { idealExpectations, type ConditioningLaw } from '../../../data/index.js';
import { ConfigError, lookUp, NonFiniteError } from '../../../src/core/errors.js';
import { resolveParams, type Params } from '../../../src/core/params.js';
import type { Rng } from '../../../src/core/rng.js';
import { mean } from '../../../src/core/numbers.js';
import { list, made, optionsCheck } from '../../../src/core/options.js';
import type { LearningRule } from '../../../src/rules/contract.js';
import { rules } from '../../../src/rules/registry.js';
import { bootstrapMean, type Interval } from '../../stats/bootstrap.js';
import { compareDifferences, judged, type Compared } from '../agreement.js';
import { phenomena } from '../phenomena/registry.js';
import { labFields, onRule, settingSchema, type LabSetting } from '../setting.js';
import { familyExpectations, type Member } from './family.js';
import { coarseGrid, fineGrid, fitFamily, type FamilyFit } from './fit.js';
import {
  present,
  type Presentation,
  type PresentedReading,
  type Respond,
  type Take,
} from './presentation.js';

export interface ContextOptions {
  /** What to measure, one a training seed. */
  readonly learners: readonly Respond[];
  /** The law that the learners were trained under. */
  readonly law: ConditioningLaw;
  readonly cues: number;
  /** Names of rules whose families are fitted. */
  readonly rules: readonly string[];
  /** Names of phenomena. Default: all. */
  readonly phenomena?: readonly string[];
  readonly setting: LabSetting;
  /** Times that every experiment is presented to each learner, with other cues and schedules. */
  readonly draws: number;
  /** Parameters by rule name. */
  readonly params?: Readonly<Record<string, Params>>;
  readonly rng: Rng;
  /** Told of each rule before it is fitted. */
  readonly onRule?: (name: string) => void;
}

const checkOptions = optionsCheck<ContextOptions>({
  ...labFields,
  learners: list<readonly Respond[]>(),
  law: made<ConditioningLaw>('a law of the task'),
  cues: z.number(),
  phenomena: list<readonly string[]>().optional(),
  setting: settingSchema,
  draws: z.number(),
  onRule,
});

/** Rule x phenomenon: what the best member of a family predicts of an experiment that it was not chosen by. */
export interface ContextResult {
  /** Name of the rule; null for the ideal learner of the task's law. */
  readonly rule: string | null;
  readonly phenomenon: string;
  readonly reading: string;
  /** The mean over learners and draws, beside the prediction. */
  readonly measured: Compared;
}

/** How well one explanation does. */
export interface ContextFit {
  /** Null for the ideal learner, which has nothing to fit. */
  readonly rule: string | null;
  readonly beta: Interval | null;
  readonly decay: Interval | null;
  /** Mean squared error on phenomena held out, in units of the US squared. */
  readonly heldOutError: number;
  /** 1 - held-out error / mean square of the responses. */
  readonly explained: number;
}

export interface ContextReport {
  readonly results: readonly ContextResult[];
  /** The best first. */
  readonly fits: readonly ContextFit[];
}

/** A response may be off by so much of the US and still agree. */
export const CONTEXT_SLACK = 0.1;

/** What an explanation expects of the scripted rows, for each phenomenon the way it is judged there. */
type Explanation = (phenomenon: string) => readonly ArrayLike<number>[];

interface Measured {
  readonly presentation: Presentation;
  /** By learner, then row. */
  readonly responses: readonly (readonly number[][])[];
  /** Means over learners and draws, by scripted row. */
  readonly courses: readonly (readonly number[])[];
  /** Names of phenomena with readings, in order, and the scripted rows of each. */
  readonly shown: readonly { readonly phenomenon: string; readonly rows: readonly number[] }[];
}

/**
 * Presents the experiments of the lab to learners in context and asks which rule's level A family explains what they
 * expect.
 *
 * Each phenomenon is predicted by the member that is best on all others. A prediction agrees when the mean over
 * learners and draws is within a tenth of the US; the verdicts of all rules and readings are one family.
 *
 * Units: of the US. Source: docs/theory.md 4.1, level B.
 * @throws ConfigError for a rule, phenomenon or parameter that does not exist; NonFiniteError for a response that is none.
 */
export async function runContext(options: ContextOptions): Promise<ContextReport> {
  checkOptions('runContext', options);
  const measured = await measureAll(options);
  const ideal = measured.presentation.scripted.map((row) => idealExpectations(row, options.law));
  const fitted = options.rules.map((name) => {
    options.onRule?.(name);
    return fitRule(name, options, measured);
  });
  const results = [
    ...fitted.flatMap(({ name, explain }) => judgeAll(name, explain, options, measured)),
    ...judgeAll(null, () => ideal, options, measured),
  ];
  const judge = judged(results.map((result) => result.measured));
  const square = meanOf(measured, (row, t) => (measured.courses[row]?.[t] ?? NaN) ** 2);
  const explained = (error: number): number => 1 - error / square;
  const idealError = meanOf(measured, squaredErrors(measured, ideal));
  const fits: ContextFit[] = [
    ...fitted.map(({ name, fit }) => ({
      rule: name,
      beta: fit.beta,
      decay: fit.decay,
      heldOutError: fit.heldOutError,
      explained: explained(fit.heldOutError),
    })),
    { rule: null, beta: null, decay: null, heldOutError: idealError, explained: explained(idealError) },
  ];
  return {
    results: results.map((result) => ({ ...result, measured: judge(result.measured) })),
    fits: fits.toSorted((a, b) => a.heldOutError - b.heldOutError),
  };
}

async function measureAll(options: ContextOptions): Promise<Measured> {
  const names = options.phenomena ?? Object.keys(phenomena);
  const chosen = names.map((name) => lookUp('phenomena', phenomena, name));
  const { setting, cues, draws, rng, learners } = options;
  const presentation = present({ phenomena: chosen, setting, cues, draws, rng: rng.derive('present') });
  if (presentation.readings.length === 0) {
    throw new ConfigError(
      `phenomena: expected one that can be presented with a single US, got ${names.join(', ')}; choose others`,
    );
  }
  const responses = await Promise.all(learners.map((learner) => learner(presentation.rows)));
  checkFinite(responses);
  const shown = [...new Set(presentation.readings.map(({ phenomenon }) => phenomenon))].map((phenomenon) => {
    const own = presentation.readings.filter((one) => one.phenomenon === phenomenon);
    const rows = own.flatMap(({ takes }) =>
      takes.flatMap((take) => [take.scripted, take.scriptedSince ?? []]),
    );
    return { phenomenon, rows: [...new Set(rows.flat())] };
  });
  return { presentation, responses, courses: averaged(presentation, responses), shown };
}

function checkFinite(responses: readonly (readonly number[][])[]): void {
  const strange = responses.flat(2).find((value) => !Number.isFinite(value));
  if (strange === undefined) return;
  throw new NonFiniteError(`lab: expected finite responses, got ${strange}; the training may have diverged`);
}

/** The mean response to each scripted row, over learners and over rows that differ in the order of cues only. */
function averaged(
  { rows, scripted, scriptedOf }: Presentation,
  responses: readonly (readonly number[][])[],
): number[][] {
  const sums = scripted.map((row) => row.map(() => 0));
  const counts = scripted.map(() => 0);
  for (const own of responses) {
    for (const i of rows.keys()) {
      const place = scriptedOf[i] ?? 0;
      counts[place] = (counts[place] ?? 0) + 1;
      const sum = sums[place] ?? [];
      for (const [t, value] of (own[i] ?? []).entries()) sum[t] = (sum[t] ?? 0) + value;
    }
  }
  return sums.map((sum, place) => sum.map((value) => value / (counts[place] ?? 1)));
}

/** The mean of a number over the trials of each row, the rows of each phenomenon, and phenomena. */
function meanOf(measured: Measured, of: (row: number, t: number) => number): number {
  return mean(measured.shown.map(({ rows }) => meanOver(measured, rows, of)));
}

function meanOver({ courses }: Measured, rows: readonly number[], of: (row: number, t: number) => number) {
  return mean(rows.map((row) => mean((courses[row] ?? []).map((_, t) => of(row, t)))));
}

function squaredErrors({ courses }: Measured, expected: readonly ArrayLike<number>[]) {
  return (row: number, t: number): number => ((courses[row]?.[t] ?? NaN) - (expected[row]?.[t] ?? NaN)) ** 2;
}

interface FittedRule {
  readonly name: string;
  readonly fit: FamilyFit;
  readonly explain: Explanation;
}

function fitRule(name: string, options: ContextOptions, measured: Measured): FittedRule {
  const rule = lookUp('rule', rules, name);
  const params = resolveParams(rule.params, options.params?.[name] ?? {}, `params of ${name}`);
  const { scripted } = measured.presentation;
  const expect = (members: readonly Member[]) => familyExpectations(rule, params, members, scripted);
  const errorsOf = (members: readonly Member[]): number[][] => {
    const expected = expect(members);
    return measured.shown.map(({ rows }) =>
      expected.map((one) => {
        const error = meanOver(measured, rows, squaredErrors(measured, one));
        return Number.isFinite(error) ? error : Infinity;
      }),
    );
  };
  const highest = highestBeta(rule, params);
  const coarse = coarseGrid(highest);
  const coarseErrors = errorsOf(coarse);
  const rng = options.rng.derive('fit', name);
  const first = fitFamily({ members: coarse, errors: coarseErrors, rng, resamples: 0 });
  const fine = fineGrid(first.member, highest);
  const fineErrors = errorsOf(fine);
  const errors = coarseErrors.map((row, p) => [...row, ...(fineErrors[p] ?? [])]);
  const fit = fitFamily({ members: [...coarse, ...fine], errors, rng });
  const heldOut = new Map(
    measured.shown.map(({ phenomenon }, p) => {
      const [expected = []] = expect([fit.heldOut[p] ?? fit.member]);
      return [phenomenon, expected] as const;
    }),
  );
  return { name, fit, explain: (phenomenon) => heldOut.get(phenomenon) ?? [] };
}

/** The most a rule may write with: the end of its range, at least 1 where that is open. */
function highestBeta({ signals }: LearningRule, params: Params): number {
  const high = signals.beta?.high ?? 1;
  return typeof high === 'number' ? high : Number(params[high]);
}

function judgeAll(
  rule: string | null,
  explain: Explanation,
  options: ContextOptions,
  measured: Measured,
): ContextResult[] {
  return measured.presentation.readings.map((one) => ({
    rule,
    phenomenon: one.phenomenon,
    reading: one.reading,
    measured: judgeOne(one, explain(one.phenomenon), options, measured),
  }));
}

function judgeOne(
  { phenomenon, reading, takes }: PresentedReading,
  expected: readonly ArrayLike<number>[],
  { rng, setting }: ContextOptions,
  { responses }: Measured,
): Compared {
  const last = (row: ArrayLike<number> | undefined): number => row?.[row.length - 1] ?? NaN;
  const scriptedValue = ({ scripted, scriptedSince }: Take): number =>
    last(expected[scripted]) - (scriptedSince === undefined ? 0 : last(expected[scriptedSince]));
  const predicted = takes.map(scriptedValue);
  // One value a learner and draw: what differs between them is which cue plays which part, and chance.
  const values = responses.flatMap((own) =>
    takes.map(({ row, since }) => last(own[row]) - (since === undefined ? 0 : last(own[since]))),
  );
  const forms = responses.flatMap(() => predicted);
  const interval = bootstrapMean(values, { rng: rng.derive(phenomenon, reading), resamples: 1000 });
  return compareDifferences(interval, values, forms, CONTEXT_SLACK * setting.magnitude);
}
