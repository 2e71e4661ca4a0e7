import { z } from 'zod';
import { lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { optionsCheck } from '../../src/core/options.js';
import { rules } from '../../src/rules/registry.js';
import { ruleDrive } from './drive.js';
import type { Experiment } from './experiment.js';
import { courseOf, response, type Script } from './script.js';
import { betaFor, labFields, LAB_SETTING } from './setting.js';

/** One reading of an experiment by one rule. */
export interface ExperimentResult {
  readonly rule: string;
  readonly reading: string;
  /** The phase after which it was taken, counted from 1. */
  readonly phase: number;
  readonly response: number;
  /** The response after each trial up to there. */
  readonly curve: readonly number[];
}

export interface ExperimentOptions {
  readonly rules: readonly string[];
  /** Wins over the experiment's own, for all heads. */
  readonly beta?: number | undefined;
  readonly params?: Readonly<Record<string, Params>>;
  readonly rng: Rng;
}

const checkOptions = optionsCheck<ExperimentOptions>({ ...labFields, beta: z.number().optional() });

/**
 * Runs an experiment by each rule.
 *
 * Units: responses in units of the US. State: as `ruleDrive`.
 * @throws ConfigError for a rule or parameter that does not exist.
 */
export function runExperiment(
  experiment: Experiment,
  options: ExperimentOptions,
): readonly ExperimentResult[] {
  const { rules: names, beta, params = {}, rng } = checkOptions('runExperiment', options);
  return names.flatMap((name) => {
    const rule = lookUp('rule', rules, name);
    const resolved = resolveParams(rule.params, params[name] ?? {}, `params of ${name}`);
    const heads = experiment.heads.map((head) => ({
      decay: head.decay,
      beta: beta ?? betaFor(rule, head.beta, LAB_SETTING.beta),
    }));
    const script: Script = { phases: experiment.phases, heads, layers: experiment.layers };
    const course = courseOf(script);
    const memories = ruleDrive(rule, { params: resolved, rng: rng.derive(name) })(course);
    return experiment.measure.flatMap(({ name: reading, probe, outcome, layer, after }) => {
      const curve = memories.map((memory) => response(course, memory, probe, outcome, layer));
      const ends = course.ends.map((end, i) => ({ end, phase: i + 1 }));
      return ends
        .filter(({ phase }) => after === undefined || phase === after)
        .map(({ end, phase }) => {
          const until = curve.slice(0, end);
          return { rule: name, reading, phase, response: until.at(-1) ?? 0, curve: until };
        });
    });
  });
}
