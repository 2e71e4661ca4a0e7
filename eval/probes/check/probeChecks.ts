import { firstFinding, type Check, type CheckFinding } from '../../../src/core/check.js';
import { DataError, NonFiniteError } from '../../../src/core/errors.js';
import { shown } from '../../../src/core/text.js';
import { tf } from '../../../src/core/tf.js';
import { mixers } from '../../../src/mixers/registry.js';
import type { ProbeReport, ProbeResult, ProbeSlice } from '../../contract.js';
import type { ProbeCase } from './probeSubject.js';

const WHERE = 'a small untrained model on 40 built-in stories';

/** What is wrong with a number and its interval. */
function intervalFault({
  value,
  low,
  high,
  n,
}: ProbeSlice | ProbeResult): readonly [string, string] | undefined {
  if (!Number.isFinite(value)) return ['a finite value', shown(value)];
  if (!Number.isSafeInteger(n) || n < 1) return ['n, a whole number of samples', shown(n)];
  if (low === null && high === null) return undefined;
  if (Number.isFinite(low) && Number.isFinite(high) && Number(low) <= Number(high)) return undefined;
  return ['low <= high, or null for both', `low ${shown(low)}, high ${shown(high)}`];
}

function resultFault(name: string, result: ProbeResult): readonly [string, string, string] | undefined {
  const { probe, metric, unit, slices } = result;
  const where = `metric ${shown(metric)}`;
  if (probe !== name) return [`probe '${name}'`, shown(probe), where];
  if (typeof metric !== 'string' || metric === '') return ['metric, a name', shown(metric), where];
  if (typeof unit !== 'string' || unit === '') return ['unit, a text', shown(unit), where];
  if (!Array.isArray(slices)) return ['slices, a list that may be empty', shown(slices), where];
  const fault = intervalFault(result);
  if (fault) return [...fault, where];
  for (const slice of slices as readonly ProbeSlice[]) {
    const own = intervalFault(slice);
    if (own) return [...own, `${where}, slice ${slice.name}`];
  }
  return undefined;
}

const report: Check<ProbeCase> = {
  name: 'report',
  title: 'results have a metric each, a unit, a finite value, its interval and how many samples it rests on',
  hint: 'use bootstrapMean for value, low and high; give slices: [] where there are no parts',
  async run(subject) {
    const { results, notes = [] } = await subject.report();
    const found = await firstFinding(results, (result) => {
      const fault = resultFault(subject.probe.name, result);
      return fault && { expected: fault[0], got: fault[1], where: fault[2], hint: report.hint };
    });
    if (found) return found;
    const metrics = results.map(({ metric }) => metric);
    const twice = metrics.find((metric, i) => metrics.indexOf(metric) < i);
    if (twice !== undefined) {
      return { expected: 'each metric once', got: `'${twice}' twice`, where: WHERE, hint: report.hint };
    }
    if (results.length > 0 || notes.length > 0) return undefined;
    return {
      expected: 'results, or a note that says why not',
      got: 'neither',
      where: WHERE,
      hint: report.hint,
    };
  },
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The place of the first value that JSON does not give back as it was. */
function unkept(value: unknown, path: string): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path} is ${value}`;
  if (value === null || ['number', 'string', 'boolean'].includes(typeof value)) return undefined;
  if (Array.isArray(value)) {
    return value.map((each, i) => unkept(each, `${path}[${i}]`)).find((found) => found !== undefined);
  }
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) {
    return `${path} is ${typeof value === 'object' ? (value?.constructor.name ?? 'an object') : typeof value}`;
  }
  return Object.entries(value)
    .map(([name, each]) => (each === undefined ? undefined : unkept(each, `${path}.${name}`)))
    .find((found) => found !== undefined);
}

const serialisable: Check<ProbeCase> = {
  name: 'serialisable',
  title: 'results, notes and details are what JSON can hold',
  hint: 'turn tensors and typed arrays into lists by Array.from, and NaN into null or a note',
  async run(subject) {
    const { results, notes, details } = await subject.report();
    const got = unkept({ results, notes, details }, 'report');
    return got === undefined
      ? undefined
      : { expected: 'numbers, texts, lists and objects', got, where: WHERE, hint: serialisable.hint };
  },
};

const repeatable: Check<ProbeCase> = {
  name: 'same twice',
  title: 'the same model, stories and seed give the same report',
  hint: 'draw from subject.rng, and keep nothing between two runs',
  async run(subject) {
    const before = await subject.report();
    const after = await subject.ask();
    if (same(before, after)) return undefined;
    const metric =
      before.results.find((result, i) => !same(result, after.results[i]))?.metric ?? 'the report';
    return {
      expected: 'the same numbers',
      got: `another ${metric}`,
      where: 'two runs',
      hint: repeatable.hint,
    };
  },
};

const untouched: Check<ProbeCase> = {
  name: 'model unchanged',
  title: 'the model is as it was, to the last bit',
  hint: 'never assign or dispose the variables of the model',
  async run(subject) {
    const before = await subject.weights();
    await subject.ask();
    const after = await subject.weights();
    const changed = before.findIndex((values, i) => !values.every((x, j) => Object.is(x, after[i]?.[j])));
    if (changed < 0) return undefined;
    const got = `another ${subject.subject.model.variables[changed]?.name ?? 'weight'}`;
    return { expected: 'the same weights', got, where: WHERE, hint: untouched.hint };
  },
};

const leaks: Check<ProbeCase> = {
  name: 'no tensor left',
  title: 'every tensor that it makes is disposed of',
  hint: 'wrap what is synchronous in tf.tidy, dispose what is awaited, and dispose compiled functions',
  async run(subject) {
    await subject.report();
    const before = tf.memory().numTensors;
    await subject.ask();
    const left = tf.memory().numTensors - before;
    if (left === 0) return undefined;
    return { expected: 'as many tensors as before', got: `${left} more`, where: WHERE, hint: leaks.hint };
  },
};

const progress: Check<ProbeCase> = {
  name: 'progress',
  title: 'what it says of its progress rises within 0 and 1',
  hint: 'call subject.onProgress?.(done / all)',
  async run(subject) {
    await subject.report();
    const { progress: parts } = subject;
    const off = parts.find((part, i) => !(part >= (parts[i - 1] ?? 0) && part <= 1));
    if (off === undefined) return undefined;
    return {
      expected: 'parts that rise from 0 to 1',
      got: parts.join(', '),
      where: WHERE,
      hint: progress.hint,
    };
  },
};

/** What a probe makes of another model: a finding unless it has finite results, or one of these errors. */
async function asked(
  subject: ProbeCase,
  model: Awaited<ReturnType<ProbeCase['variant']>>,
  allowed: (error: unknown) => boolean,
): Promise<ProbeReport | undefined> {
  try {
    return await subject.ask({ model });
  } catch (error) {
    if (allowed(error)) return undefined;
    throw error;
  } finally {
    model.dispose();
  }
}

const anyModel: Check<ProbeCase> = {
  name: 'any model',
  title: 'a model without memories gives results, or a note or DataError that says why not',
  hint: 'ask memoriesOf(model) which layers have a memory; say in notes what is left out',
  async run(subject) {
    const attention = Object.values(mixers).find(({ keepsTokens }) => keepsTokens)?.name;
    if (attention === undefined) return undefined;
    const found = await asked(
      subject,
      subject.variant({ mixer: attention }),
      (error) => error instanceof DataError,
    );
    if (!found || found.results.length > 0 || (found.notes?.length ?? 0) > 0) return undefined;
    const where = `all layers ${attention}`;
    return { expected: 'results or notes', got: 'neither', where, hint: anyModel.hint };
  },
};

const diverged: Check<ProbeCase> = {
  name: 'diverged model',
  title: 'a model whose weights are NaN is a NonFiniteError, not a number',
  hint: "check what the model gives: throw new NonFiniteError('probe mine: expected finite losses, got NaN')",
  async run(subject) {
    const found = await asked(
      subject,
      subject.variant({}, NaN),
      (error) => error instanceof NonFiniteError || error instanceof DataError,
    );
    const bad = found?.results.find(({ value }) => !Number.isFinite(value));
    if (!bad) return undefined;
    const got = `${bad.metric} ${bad.value}`;
    const finding: CheckFinding = {
      expected: 'a NonFiniteError',
      got,
      where: 'weights of NaN',
      hint: diverged.hint,
    };
    return finding;
  },
};

/** Every check of a probe, in the order in which they are run. */
export const probeChecks: readonly Check<ProbeCase>[] = [
  report,
  serialisable,
  repeatable,
  untouched,
  leaks,
  progress,
  anyModel,
  diverged,
];
