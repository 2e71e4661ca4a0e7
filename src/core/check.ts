import { lookUp, PavlovError, PlugInError } from './errors.js';
import { callback, list } from './options.js';

/** What a check found wrong. */
export interface CheckFinding {
  /** What the contract asks for. */
  readonly expected: string;
  /** What came instead, with the token, row and channel where there is one. */
  readonly got: string;
  /** In which case: length, form, decay. */
  readonly where: string;
  /** What to look at. */
  readonly hint: string;
}

/** One check of a part against its contract, without an oracle: only the part itself is asked. */
export interface Check<Subject> {
  readonly name: string;
  /** What holds when it passes. */
  readonly title: string;
  /** Looked up for errors that the part throws. */
  readonly hint: string;
  /** Why the check does not apply to a part, if it does not. */
  skip?(subject: Subject): string | undefined;
  /** The first thing that is wrong, or nothing. */
  run(subject: Subject): Promise<CheckFinding | undefined> | CheckFinding | undefined;
}

/** What became of a check. */
export interface CheckResult {
  readonly check: string;
  readonly title: string;
  readonly status: 'pass' | 'fail' | 'skip';
  /** Of a check that failed. */
  readonly finding?: CheckFinding;
  /** Of a check that was skipped. */
  readonly reason?: string;
}

/** What every check of a part takes. */
export interface CheckOptions {
  /** Names of the checks to run. Default: all. */
  readonly checks?: readonly string[];
  /** Hears each result as it comes. */
  readonly onResult?: (result: CheckResult) => void;
}

/** The options of `CheckOptions`. */
export const checkFields = {
  checks: list<readonly string[]>().optional(),
  onResult: callback<(result: CheckResult) => void>().optional(),
};

/** A part to be checked. */
export interface CheckedPart<Subject> extends CheckOptions {
  /** What the caller is called, such as `checkGate`. */
  readonly where: string;
  /** The type that the form is of, such as `DecayGate`. */
  readonly contract: string;
  /** What is wrong with its form. */
  readonly issues: readonly string[];
  readonly all: readonly Check<Subject>[];
  /** Makes what the checks look at, once the form is right. */
  readonly open: () => Promise<Subject & { readonly dispose?: () => Promise<void> }>;
}

const FORM = { check: 'form', title: 'every field of the contract is there and makes sense' };

/** The first finding of several cases, tried in turn. */
export async function firstFinding<T>(
  cases: Iterable<T>,
  find: (item: T) => Promise<CheckFinding | undefined> | CheckFinding | undefined,
): Promise<CheckFinding | undefined> {
  for (const item of cases) {
    const finding = await find(item);
    if (finding) return finding;
  }
  return undefined;
}

/**
 * Holds a part against its contract. Each check is on its own: one that fails does not end the others, but a part whose
 * fields are wrong is not run.
 *
 * @throws ConfigError when a check does not exist; never for what is wrong with the part.
 */
export async function runChecks<Subject>(part: CheckedPart<Subject>): Promise<readonly CheckResult[]> {
  const { where, contract, issues, all, checks, onResult } = part;
  const table = Object.fromEntries(all.map((check) => [check.name, check]));
  const chosen = checks ? checks.map((name) => lookUp(`${where}: checks`, table, name)) : all;
  const results: CheckResult[] = [];
  const add = (result: CheckResult): void => {
    results.push(result);
    onResult?.(result);
  };
  add(formResult(contract, issues));
  if (issues.length > 0) {
    for (const { name, title } of chosen) {
      add({ check: name, title, status: 'skip', reason: 'the form is wrong' });
    }
    return results;
  }
  const subject = await part.open();
  try {
    for (const check of chosen) add(await resultOf(check, subject));
  } finally {
    await subject.dispose?.();
  }
  return results;
}

function formResult(contract: string, issues: readonly string[]): CheckResult {
  if (issues.length === 0) return { ...FORM, status: 'pass' };
  const finding = {
    expected: `the fields of ${contract}`,
    got: issues.join('; '),
    where: 'the object itself',
    hint: `write it as 'const mine: ${contract} = { ... }', and the compiler says the same`,
  };
  return { ...FORM, status: 'fail', finding };
}

async function resultOf<Subject>(check: Check<Subject>, subject: Subject): Promise<CheckResult> {
  const { name, title } = check;
  let finding: CheckFinding | undefined;
  try {
    const reason = check.skip?.(subject);
    if (reason !== undefined) return { check: name, title, status: 'skip', reason };
    finding = await check.run(subject);
  } catch (error) {
    finding = thrown(check.hint, error);
  }
  return finding ? { check: name, title, status: 'fail', finding } : { check: name, title, status: 'pass' };
}

/** An error is a finding: a part that throws is a part that fails. */
function thrown(hint: string, given: unknown): CheckFinding {
  const error = given instanceof PlugInError ? given.cause : given;
  const got = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const isTraced = error instanceof PavlovError && error.code === 'TRACE';
  return {
    expected: 'to run without an error',
    got,
    where: error instanceof Error ? (frameOf(error) ?? 'while it ran') : 'while it ran',
    hint: isTraced
      ? 'the graph engine records it once: no value is read, and every op needs a gradient and a mapping'
      : hint,
  };
}

/** The innermost place of the stack that is neither in a package nor in what runs the part. */
function frameOf({ stack = '' }: Error): string | undefined {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const outside = /node_modules|node:|[\\/]src[\\/](core|engine|rules|gates|optim|ops|chunks|mixers)[\\/]/;
  return frames.find((line) => !outside.test(line))?.trim();
}
