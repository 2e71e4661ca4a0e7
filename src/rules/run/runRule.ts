import { z } from 'zod';
import { ConfigError, ShapeError } from '../../core/errors.js';
import { assertShape, sizeNamed, type Sizes } from '../../core/shapes.js';
import { tf, type Tensor } from '../../core/tf.js';
import type {
  LearningRule,
  Params,
  RuleDims,
  RuleState,
  SequenceInput,
  SequenceResult,
} from '../contract.js';
import { resolveParams } from '../../core/params.js';
import { made, optionsCheck } from '../../core/options.js';
import { decayKind } from '../../chunks/decay.js';
import { queriesPerMemory } from '../../chunks/layout.js';
import { writesOf } from '../inputs.js';
import { oneOfHeads, repeatedHeads, repeatedInputs } from './sharedQueries.js';
import { stepThrough } from './stepThrough.js';

/** How a rule is run over a sequence. */
export interface SequenceOptions {
  /** `chunk` (default): in chunks where the rule and the decay allow it. `step`: token by token. */
  readonly form?: 'step' | 'chunk';
  /** Tokens per chunk. Default 32. */
  readonly chunkSize?: number;
}

export interface RunRuleOptions extends SequenceOptions {
  /** The state to start from. Default: an empty memory. */
  readonly state?: RuleState;
  /** Parameters of the rule; the rest are its defaults. */
  readonly params?: Params;
}

const checkOptions = optionsCheck<RunRuleOptions>({
  form: z.enum(['step', 'chunk']).optional(),
  chunkSize: z.number().optional(),
  state: made<RuleState>('the state of a memory').optional(),
  params: made<Params>('parameters by name').optional(),
});

/**
 * A learning rule over a whole sequence, as it is: no normalisation, no scale.
 *
 *   S_t = rule(S_{t-1}, x_t)        o_t = S_t q_t
 *
 * Shapes: q, k `[B,H,T,K]` (q may have G H heads, G in a row reading one memory; then the outputs too) · v `[B,H,T,V]` · signals `[B,H,T]`, or with the axis of their width · logDecay `[B,H,T]` or `[B,H,T,K]`, at most 0
 * (its B may be 1) · documents `[B,T]` int32 · outputs `[B,H,T,V]` · state S `[B,H,V,K]`.
 * State: pure and differentiable in every tensor but the documents; disposes nothing.
 *
 * @throws ShapeError when shapes do not fit together or a signal is missing.
 * @throws ConfigError when a parameter or the chunk size is wrong, or a signal is one the rule does not have.
 */
export function runRule(rule: LearningRule, xs: SequenceInput, options: RunRuleOptions = {}): SequenceResult {
  const where = `runRule(${rule.name})`;
  checkOptions(where, options);
  const params = resolveParams(rule.params, options.params ?? {}, `${where}: params`);
  const dims = checkInputs(rule, xs, params, where);
  checkState(rule, dims, params, options.state, where);
  return runSequence(rule, options.state, xs, params, options);
}

/**
 * `runRule` for inputs that are known to be right, with resolved params: what a layer calls. No state is an
 * empty memory.
 *
 * @throws ConfigError when the chunk size is not a whole number above 0.
 */
export function runSequence(
  rule: LearningRule,
  state: RuleState | undefined,
  xs: SequenceInput,
  params: Params,
  { form = 'chunk', chunkSize = 32 }: SequenceOptions = {},
): SequenceResult {
  if (!Number.isInteger(chunkSize) || chunkSize < 1) {
    throw new ConfigError(`chunkSize: expected a whole number of at least 1, got ${chunkSize}`);
  }
  const chunkable = rule.channelChunk === true || decayKind(xs.logDecay, xs.k.rank) !== 'perChannel';
  if (form === 'step' || !rule.chunk || !chunkable) return stepThrough(rule, state, xs, params);
  if (rule.sharedReads === true || queriesPerMemory(xs) === 1)
    return rule.chunk(state, xs, params, chunkSize);
  return runRepeated(rule, state, xs, params, chunkSize);
}

/** A chunk form that knows nothing of shared memories, on one memory per query. */
function runRepeated(
  rule: LearningRule,
  state: RuleState | undefined,
  xs: SequenceInput,
  params: Params,
  chunkSize: number,
): SequenceResult {
  const G = queriesPerMemory(xs);
  const start = state && eachField(state, (x) => repeatedHeads(x, G));
  const result = rule.chunk?.(start, repeatedInputs(xs), params, chunkSize);
  if (!result) throw new ConfigError(`rule ${rule.name}: expected a chunk form, got none; use the step form`);
  return { outputs: result.outputs, state: eachField(result.state, (x) => oneOfHeads(x, G)) };
}

function eachField(state: RuleState, change: (x: Tensor) => Tensor): RuleState {
  const fields = Object.entries(state).map(([name, x]) => [name, change(x)] as const);
  return Object.fromEntries(fields) as RuleState; // the same fields, S among them
}

/** The letter of a signal's axis of its own. */
const WIDTH_LETTERS = { key: 'K', value: 'V', write: 'writes' } as const;

/** One of the vectors of the writes of a token, of which there are n. */
function oneWrite(
  x: Tensor,
  n: number,
  letter: string,
  where: string,
): { readonly shape: readonly number[] } {
  const size = (x.shape.at(-1) ?? 0) / n;
  if (Number.isInteger(size)) return { shape: [...x.shape.slice(0, -1), size] };
  const got = `[${x.shape.join(',')}]`;
  throw new ShapeError(
    `${where}: expected ${n} vectors one after the other, [B,H,T,${n} ${letter}], got ${got}`,
  );
}

function checkInputs(rule: LearningRule, xs: SequenceInput, params: Params, where: string): RuleDims {
  const writes = writesOf(rule, params);
  const sizes: Sizes = { writes };
  const time = ['B', 'H', 'T'];
  assertShape(xs.q, ['B', 'queries', 'T', 'K'], sizes, `${where}: q`);
  assertShape(oneWrite(xs.k, writes, 'K', `${where}: k`), [...time, 'K'], sizes, `${where}: k`);
  assertShape(oneWrite(xs.v, writes, 'V', `${where}: v`), [...time, 'V'], sizes, `${where}: v`);
  for (const [name, { width }] of Object.entries(rule.signals)) {
    const letters = width === undefined ? time : [...time, WIDTH_LETTERS[width]];
    assertShape(xs.signals[name] ?? { shape: [] }, letters, sizes, `${where}: signals.${name}`);
  }
  for (const name of Object.keys(xs.signals)) {
    if (Object.hasOwn(rule.signals, name)) continue;
    const known = Object.keys(rule.signals).join(' | ') || 'none';
    throw new ConfigError(`${where}: expected the signals ${known}, got '${name}'; leave it out`);
  }
  checkDecay(xs.logDecay, sizes, where);
  if (xs.documents) assertShape(xs.documents, ['B', 'T'], sizes, `${where}: documents`);
  const empty = Object.keys(sizes).find((letter) => sizes[letter] === 0);
  if (empty) throw new ShapeError(`${where}: expected at least 1 for every size, got ${empty}=0`);
  queriesPerMemory(xs);
  const size = (letter: string): number => sizeNamed(sizes, letter);
  return { B: size('B'), H: size('H'), K: size('K'), V: size('V') };
}

/** Log decay may be one for all rows. */
function checkDecay(logDecay: Tensor | undefined, sizes: Sizes, where: string): void {
  if (!logDecay) return;
  const rows = logDecay.shape[0] === 1 ? '1' : 'B';
  const letters = [rows, 'H', 'T', ...(decayKind(logDecay, 4) === 'perChannel' ? ['K'] : [])];
  assertShape(logDecay, letters, { ...sizes, '1': 1 }, `${where}: logDecay`);
}

function checkState(
  rule: LearningRule,
  dims: RuleDims,
  params: Params,
  state: RuleState | undefined,
  where: string,
): void {
  if (!state) return;
  const empty = rule.initState(dims, params);
  const [expected, given] = [describeShapes(empty), describeShapes(state)];
  tf.dispose(Object.values(empty));
  if (given === expected) return;
  throw new ShapeError(
    `${where}: expected the state ${expected}, got ${given}; ` + `pass one that a run of these sizes gave`,
  );
}

/** `S [2,1,5,3], theta [2,1,5]`, fields in order of name. */
function describeShapes(state: RuleState): string {
  const fields = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
  return fields.map(([name, { shape }]) => `${name} [${shape.join(',')}]`).join(', ');
}
