import type { Document } from 'yaml';
import { ConfigError, suggest } from '../../src/core/errors.js';
import { parseYaml } from '../../src/core/yaml.js';
import { rules } from '../../src/rules/registry.js';
import { US, type LabHead, type Phase, type Trial } from './script.js';

/** What an experiment reads off: the response to a probe at the end of each phase, or of one. */
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
  readonly heads: readonly (Omit<LabHead, 'beta'> & { readonly beta?: number })[];
  readonly layers: number;
  readonly phases: readonly Phase[];
  readonly measure: readonly ExperimentReading[];
}

type Path = readonly (string | number)[];
type Table = Readonly<Record<string, unknown>>;

/** Reads values of a YAML document; a fault says the file, line and path. */
class Reader {
  constructor(
    private readonly document: Document,
    private readonly placeOf: (offset: number) => string,
    private readonly file: string,
  ) {}

  fault(path: Path, expected: string, value: unknown, advice = ''): ConfigError {
    const got = value === undefined ? 'nothing' : JSON.stringify(value);
    return new ConfigError(
      `${this.place(path)}: ${pathText(path)}: expected ${expected}, got ${got}${advice}`,
    );
  }

  /** `file:line:column` of the value, or of the nearest thing around it that is there. */
  private place(path: Path): string {
    const node: unknown = path.length > 0 ? this.document.getIn(path, true) : this.document.contents;
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    const offset: unknown = Array.isArray(range) ? range[0] : undefined;
    if (typeof offset !== 'number') return path.length > 0 ? this.place(path.slice(0, -1)) : this.file;
    return this.placeOf(offset);
  }

  table(value: unknown, path: Path, keys?: readonly string[]): Table {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.fault(path, 'a mapping', value);
    }
    const table = value as Table; // a mapping of YAML has text keys
    for (const key of keys ? Object.keys(table) : []) {
      if (keys?.includes(key)) continue;
      throw this.fault([...path, key], `one of ${keys?.join(' | ') ?? ''}`, key, suggest(key, keys ?? []));
    }
    return table;
  }

  list(value: unknown, path: Path): readonly unknown[] {
    if (Array.isArray(value) && value.length > 0) return value;
    throw this.fault(path, 'a list of at least one', value);
  }

  number(value: unknown, path: Path, low = -Infinity, high = Infinity): number {
    if (typeof value === 'number' && Number.isFinite(value) && value >= low && value <= high) return value;
    const range = low === -Infinity && high === Infinity ? 'a number' : `a number from ${low} to ${high}`;
    throw this.fault(path, range, value);
  }

  whole(value: unknown, path: Path, low: number, high: number): number {
    if (Number.isInteger(value) && Number(value) >= low && Number(value) <= high) return Number(value);
    throw this.fault(path, `a whole number from ${low} to ${high}`, value);
  }

  text(value: unknown, path: Path): string {
    if (typeof value === 'string' && value !== '') return value;
    throw this.fault(path, 'a text', value);
  }
}

function pathText(path: Path): string {
  return (
    path.reduce<string>((text, part) => {
      if (typeof part === 'number') return `${text}[${part}]`;
      return text === '' ? part : `${text}.${part}`;
    }, '') || 'experiment'
  );
}

const FIELDS = ['title', 'rules', 'beta', 'decay', 'heads', 'layers', 'phases', 'measure'];
const MAX_TRIALS = 100_000;
const MAX_LAYERS = 16;

/**
 * Reads an experiment in YAML (or JSON); docs/lab.md has the format.
 *
 * @throws ConfigError with file, line, column and path of what is wrong.
 */
export function parseExperiment(text: string, file: string): Experiment {
  const { value, document, place } = parseYaml(text, file);
  const reader = new Reader(document, place, file);
  const table = reader.table(value, [], FIELDS);
  const phases = reader.list(table.phases, ['phases']).map((x, i) => readPhase(reader, x, ['phases', i]));
  const layers = table.layers === undefined ? 1 : reader.whole(table.layers, ['layers'], 1, MAX_LAYERS);
  return {
    title: table.title === undefined ? file : reader.text(table.title, ['title']),
    ...(table.rules !== undefined && { rules: readRules(reader, table.rules) }),
    heads: readHeads(reader, table),
    layers,
    phases,
    measure: readMeasure(reader, table.measure, phases, layers),
  };
}

function readRules(reader: Reader, value: unknown): string[] {
  return reader.list(value, ['rules']).map((name, i) => {
    const known = Object.keys(rules);
    if (typeof name === 'string' && known.includes(name)) return name;
    const advice = typeof name === 'string' ? suggest(name, known) : '';
    throw reader.fault(['rules', i], `one of ${known.join(' | ')}`, name, advice);
  });
}

function readHead(reader: Reader, table: Table, path: Path): Experiment['heads'][number] {
  const { beta, decay } = table;
  return {
    ...(beta !== undefined && { beta: reader.number(beta, [...path, 'beta'], 0) }),
    decay: decay === undefined ? 1 : positive(reader, decay, [...path, 'decay']),
  };
}

/** A factor in (0, 1]. */
function positive(reader: Reader, value: unknown, path: Path): number {
  if (value === 0) throw reader.fault(path, 'a number above 0 and at most 1', value);
  return reader.number(value, path, 0, 1);
}

function readHeads(reader: Reader, table: Table): Experiment['heads'] {
  if (table.heads === undefined) return [readHead(reader, table, [])];
  for (const name of ['beta', 'decay']) {
    if (table[name] === undefined) continue;
    throw reader.fault([name], `no '${name}' beside 'heads'`, table[name], '; give it to each head');
  }
  return reader.list(table.heads, ['heads']).map((head, i) => {
    return readHead(reader, reader.table(head, ['heads', i], ['beta', 'decay']), ['heads', i]);
  });
}

function readPhase(reader: Reader, value: unknown, path: Path): Phase {
  const { trials, each, ...rest } = reader.table(value, path);
  const count = reader.whole(trials, [...path, 'trials'], 1, MAX_TRIALS);
  if (each === undefined) return { trials: count, each: [readTrial(reader, rest, path)] };
  const [stray] = Object.keys(rest);
  if (stray !== undefined) {
    throw reader.fault(
      [...path, stray],
      "nothing beside 'trials' and 'each'",
      rest[stray],
      '; put it in a trial',
    );
  }
  const list = reader.list(each, [...path, 'each']).map((one, i) => {
    const at = [...path, 'each', i];
    return readTrial(reader, reader.table(one, at), at);
  });
  return { trials: count, each: list };
}

function isOutcome(name: string): boolean {
  return /^US\d*$/.test(name);
}

function readTrial(reader: Reader, { chance, ...present }: Table, path: Path): Trial {
  const entries = Object.entries(present).map(([name, value]) => {
    const at = [...path, name];
    if (!/^[A-Za-z][\w-]*$/.test(name)) throw reader.fault(at, 'a name that begins with a letter', name);
    return [name, reader.number(value, at)] as const;
  });
  const outcomes = entries.filter(([name, size]) => isOutcome(name) && size !== 0);
  if (chance !== undefined && outcomes.length === 0) {
    throw reader.fault([...path, 'chance'], 'a US that it is the chance of', chance, '; add US: 1');
  }
  return {
    stimuli: Object.fromEntries(entries.filter(([name]) => !isOutcome(name))),
    outcomes: Object.fromEntries(outcomes),
    ...(chance !== undefined && { chance: reader.number(chance, [...path, 'chance'], 0, 1) }),
  };
}

function namesIn(phases: readonly Phase[], field: 'stimuli' | 'outcomes'): string[] {
  return [...new Set(phases.flatMap(({ each }) => each.flatMap((one) => Object.keys(one[field]))))];
}

/** What a reading may name. */
interface Known {
  readonly stimuli: readonly string[];
  readonly outcomes: readonly string[];
  readonly phases: number;
  readonly layers: number;
}

function readMeasure(
  reader: Reader,
  value: unknown,
  phases: readonly Phase[],
  layers: number,
): ExperimentReading[] {
  const [stimuli, met] = [namesIn(phases, 'stimuli'), namesIn(phases, 'outcomes')];
  const outcomes = met.length > 0 ? met : [US];
  const known: Known = { stimuli, outcomes, phases: phases.length, layers };
  const single = (name: string): ExperimentReading[] => allReadings(name, known);
  if (value === undefined) return stimuli.flatMap(single);
  return reader.list(value, ['measure']).flatMap((item, i) => {
    if (typeof item !== 'string') return [readReading(reader, item, i, known)];
    if (stimuli.includes(item)) return single(item);
    throw reader.fault(['measure', i], `one of ${stimuli.join(' | ')}`, item, suggest(item, stimuli));
  });
}

/** A stimulus by itself, for every US in every layer. */
function allReadings(stimulus: string, { outcomes, layers }: Known): ExperimentReading[] {
  return outcomes.flatMap((outcome) =>
    Array.from({ length: layers }, (_, layer) => {
      const parts = [`V_${stimulus}`];
      if (outcomes.length > 1) parts.push(outcome);
      if (layers > 1) parts.push(`layer ${layer + 1}`);
      return { name: parts.join(', '), probe: { [stimulus]: 1 }, outcome, layer };
    }),
  );
}

function readReading(reader: Reader, item: unknown, i: number, known: Known): ExperimentReading {
  const path = ['measure', i];
  const table = reader.table(item, path, ['name', 'probe', 'US', 'after', 'layer']);
  const probe = reader.table(table.probe, [...path, 'probe'], known.stimuli);
  const entries = Object.entries(probe).map(
    ([name, size]) => [name, reader.number(size, [...path, 'probe', name])] as const,
  );
  const outcome = table.US === undefined ? (known.outcomes[0] ?? US) : reader.text(table.US, [...path, 'US']);
  if (!known.outcomes.includes(outcome)) {
    throw reader.fault([...path, 'US'], `one of ${known.outcomes.join(' | ')}`, outcome);
  }
  const name = entries.map(([stimulus]) => stimulus).join('');
  return {
    name: table.name === undefined ? `V_${name}` : reader.text(table.name, [...path, 'name']),
    probe: Object.fromEntries(entries),
    outcome,
    layer: table.layer === undefined ? 0 : reader.whole(table.layer, [...path, 'layer'], 1, known.layers) - 1,
    ...(table.after !== undefined && {
      after: reader.whole(table.after, [...path, 'after'], 1, known.phases),
    }),
  };
}
