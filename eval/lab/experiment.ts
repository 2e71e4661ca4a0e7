import { z } from 'zod';
import { ConfigError, suggest } from '../../src/core/errors.js';
import { fewLines, parseYaml, type YamlText } from '../../src/core/yaml.js';
import { rules } from '../../src/rules/registry.js';
import { US, type Phase, type Trial } from './script.js';

/** What an experiment measures: the response to a probe at the end of each phase, or of one. */
export interface ExperimentReading {
  readonly name: string;
  readonly probe: Readonly<Record<string, number>>;
  readonly outcome: string;
  /** The layer read, counted from 0. */
  readonly layer: number;
  /** A phase, counted from 1; absent for all. */
  readonly after?: number;
}

/** An experiment of the user's own. */
export interface Experiment {
  readonly title: string;
  /** Names of rules; absent for all. */
  readonly rules?: readonly string[];
  /** Heads whose write strength, where absent, is left to each rule. */
  readonly heads: readonly z.infer<typeof headSchema>[];
  readonly layers: number;
  readonly phases: readonly Phase[];
  readonly measure: readonly ExperimentReading[];
}

const MAX_TRIALS = 100_000;
const MAX_LAYERS = 16;

// The error of each schema says what is expected; `explain` puts the rest of the message around it.
const finite = z.number({ error: 'a number' });
const text = z.string({ error: 'a text' }).min(1, { error: 'a text' });

function wholeIn(low: number, high: number) {
  const error = `a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
}

function listOf<T extends z.ZodType>(item: T) {
  const error = 'a list of at least one';
  return z.array(item, { error }).min(1, { error });
}

function oneOf(names: readonly string[]) {
  return z.enum(names, { error: oneOfText(names) });
}

const oneOfText = (names: readonly string[]): string => `one of ${names.join(' | ')}`;

function tableOf<T extends z.ZodRawShape>(shape: T) {
  const known = oneOfText(Object.keys(shape));
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? known : 'a mapping') });
}

const strength = z.number({ error: 'a number of at least 0' }).min(0, { error: 'a number of at least 0' });
const FACTOR = { error: 'a number above 0 and at most 1' };
const factor = z.number(FACTOR).gt(0, FACTOR).max(1, FACTOR);
const headSchema = tableOf({ beta: strength.exactOptional(), decay: factor.default(1) });

const isOutcome = (name: string): boolean => /^US\d*$/.test(name);

const trialSchema = z
  .record(z.string(), finite, { error: 'a mapping' })
  .transform((table, { issues }): Trial => {
    const issue = (name: string, message: string, params: object = {}): void => {
      issues.push({ code: 'custom', input: table, path: [name], message, params });
    };
    const { chance, ...present } = table;
    for (const name of Object.keys(present)) {
      if (!/^[A-Za-z][\w-]*$/.test(name)) issue(name, 'a name that begins with a letter', { got: name });
    }
    const entries = Object.entries(present);
    const outcomes = entries.filter(([name, size]) => isOutcome(name) && size !== 0);
    if (chance !== undefined && outcomes.length === 0)
      issue('chance', 'a US that it is the chance of', { advice: '; add US: 1' });
    else if (chance !== undefined && !(chance >= 0 && chance <= 1)) issue('chance', 'a number from 0 to 1');
    return {
      stimuli: Object.fromEntries(entries.filter(([name]) => !isOutcome(name))),
      outcomes: Object.fromEntries(outcomes),
      ...(chance !== undefined && { chance }),
    };
  });

/** A phase is `trials` and `each`, a list of trials, or `trials` and the only trial beside it. */
const phaseSchema = z
  .looseObject(
    { trials: wholeIn(1, MAX_TRIALS), each: listOf(trialSchema).exactOptional() },
    { error: 'a mapping' },
  )
  .transform(({ trials, each, ...rest }, { issues }): Phase => {
    if (each === undefined) {
      const { data, error } = trialSchema.safeParse(rest);
      for (const { path, message, ...issue } of error?.issues ?? []) {
        const params = issue.code === 'custom' ? (issue.params ?? {}) : {};
        issues.push({ code: 'custom', input: rest, path, message, params });
      }
      return { trials, each: data ? [data] : [] };
    }
    for (const name of Object.keys(rest)) {
      const params = { advice: '; put it in a trial' };
      const message = "nothing beside 'trials' and 'each'";
      issues.push({ code: 'custom', input: rest, path: [name], message, params });
    }
    return { trials, each };
  });

/** A rule may have been registered since the module was loaded, so the schema is made for each experiment. */
const experimentSchema = () =>
  tableOf({
    title: text.exactOptional(),
    rules: listOf(oneOf(Object.keys(rules))).exactOptional(),
    beta: strength.exactOptional(),
    decay: factor.exactOptional(),
    heads: listOf(headSchema).exactOptional(),
    layers: wholeIn(1, MAX_LAYERS).default(1),
    phases: listOf(phaseSchema),
    measure: listOf(z.unknown()).exactOptional(),
  });

type Path = readonly PropertyKey[];

function pathText(path: Path): string {
  const joined = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return joined.replace(/^\./, '') || 'experiment';
}

/** `file:line:column` of the value, or of the nearest thing around it that is there. */
function placeOf({ locate }: YamlText, path: Path, file: string): string {
  const found = locate(path);
  if (found !== undefined) return found;
  return path.length > 0 ? placeOf({ locate, value: undefined }, path.slice(0, -1), file) : file;
}

const valueAt = (value: unknown, path: Path): unknown =>
  // The cast: what is no object has no property, which is what `undefined` says.
  path.reduce<unknown>(
    (at, part) => (at as Readonly<Record<PropertyKey, unknown>> | undefined)?.[part],
    value,
  );

/** Checks parts of one text; an issue says file, line, column and path. */
class Checker {
  constructor(
    private readonly yaml: YamlText,
    private readonly file: string,
  ) {}

  check<T extends z.ZodType>(schema: T, value: unknown, base: Path = []): z.output<T> {
    const { data, error } = schema.safeParse(value);
    if (error === undefined) return data;
    const messages = error.issues.flatMap((issue) => this.explain(issue, base));
    throw new ConfigError(fewLines(messages, (message) => message()));
  }

  /** What is wrong, in words that are found where they are told: to look for a place takes as long as its mapping is. */
  private explain(issue: z.core.$ZodIssue, base: Path): (() => string)[] {
    const path = [...base, ...issue.path];
    const words = issue.message.startsWith('one of ')
      ? issue.message.slice('one of '.length).split(' | ')
      : [];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(
        (key) => () => this.message([...path, key], issue.message, key, suggest(key, words)),
      );
    const { got = valueAt(this.yaml.value, path), advice = '' } =
      issue.code === 'custom' ? (issue.params ?? {}) : {};
    const hint = typeof got === 'string' && words.length > 0 ? suggest(got, words) : String(advice);
    return [() => this.message(path, issue.message, got, hint)];
  }

  message(path: Path, expected: string, value: unknown, advice: string): string {
    const got = value === undefined ? 'nothing' : JSON.stringify(value);
    const place = placeOf(this.yaml, path, this.file);
    return `${place}: ${pathText(path)}: expected ${expected}, got ${got}${advice}`;
  }
}

/**
 * Reads an experiment in YAML (or JSON); docs/lab.md has the format.
 *
 * @throws ConfigError with file, line, column and path of everything that is wrong.
 */
export function parseExperiment(source: string, file: string): Experiment {
  const yaml = parseYaml(source, file);
  const checker = new Checker(yaml, file);
  const {
    title = file,
    rules: names,
    heads,
    beta,
    decay,
    layers,
    phases,
    measure,
  } = checker.check(experimentSchema(), yaml.value);
  for (const [name, value] of Object.entries({ beta, decay })) {
    if (heads === undefined || value === undefined) continue;
    throw new ConfigError(
      checker.message([name], `no '${name}' beside 'heads'`, value, '; give it to each head'),
    );
  }
  const shared = { ...(beta !== undefined && { beta }), decay: decay ?? 1 };
  return {
    title,
    ...(names !== undefined && { rules: names }),
    heads: heads ?? [shared],
    layers,
    phases,
    measure: readMeasure(checker, measure, phases, layers),
  };
}

function namesIn(phases: readonly Phase[], field: 'stimuli' | 'outcomes'): string[] {
  return [...new Set(phases.flatMap(({ each }) => each.flatMap((one) => Object.keys(one[field]))))];
}

function readMeasure(
  checker: Checker,
  items: readonly unknown[] | undefined,
  phases: readonly Phase[],
  layers: number,
): ExperimentReading[] {
  const [stimuli, met] = [namesIn(phases, 'stimuli'), namesIn(phases, 'outcomes')];
  const outcomes = met.length > 0 ? met : [US];
  const readingSchema = tableOf({
    name: text.exactOptional(),
    probe: tableOf(Object.fromEntries(stimuli.map((name) => [name, finite.exactOptional()]))),
    US: oneOf(outcomes).default(outcomes[0] ?? US),
    after: wholeIn(1, phases.length).exactOptional(),
    layer: wholeIn(1, layers).default(1),
  });
  return (items ?? stimuli).flatMap((item, i) => {
    const path = ['measure', i];
    if (typeof item === 'string')
      return allReadings(checker.check(oneOf(stimuli), item, path), outcomes, layers);
    const { name, probe, US: outcome, after, layer } = checker.check(readingSchema, item, path);
    const reading = { name: name ?? `V_${Object.keys(probe).join('')}`, outcome, layer: layer - 1 };
    return [{ ...reading, probe, ...(after !== undefined && { after }) }];
  });
}

/** A stimulus by itself, for every US in every layer. */
function allReadings(stimulus: string, outcomes: readonly string[], layers: number): ExperimentReading[] {
  return outcomes.flatMap((outcome) =>
    Array.from({ length: layers }, (_, layer) => {
      const parts = [`V_${stimulus}`];
      if (outcomes.length > 1) parts.push(outcome);
      if (layers > 1) parts.push(`layer ${layer + 1}`);
      return { name: parts.join(', '), probe: { [stimulus]: 1 }, outcome, layer };
    }),
  );
}
