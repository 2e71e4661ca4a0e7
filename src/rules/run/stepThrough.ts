import { replaceRows } from '../../ops/replaceRows.js';
import { restartsOf } from '../../ops/segments.js';
import { tf, type Tensor } from '../../core/tf.js';
import { scan } from '../../engine/scan.js';
import { writesOf } from '../inputs.js';
import { stepGroups } from './sharedQueries.js';
import type {
  LearningRule,
  Params,
  RuleState,
  SequenceInput,
  SequenceResult,
  TokenInput,
} from '../contract.js';

/**
 * A rule's step form over a sequence: the definition of its chunk form, and the only form of rules that are
 * not linear in the state. The state starts afresh at each document's first token.
 *
 * Shapes as in `runRule`.
 */
export function stepThrough(
  rule: LearningRule,
  state: RuleState | undefined,
  xs: SequenceInput,
  params: Params,
): SequenceResult {
  // Made anew where it is used: the gradient calls the body when what it closes over may be gone.
  const makeEmpty = (): RuleState => emptyState(rule, xs, params);
  const restarts = xs.documents && tf.expandDims(restartsOf(xs.documents), 1);
  const { ys, ...after } = scanTokens(rule, state ?? makeEmpty(), xs, restarts, (before, x, restart) => {
    const { output, state: next } = stepGroups(rule, restarted(before, makeEmpty, restart), x, params);
    return { state: next, ys: [output] };
  });
  return { outputs: ys[0] as Tensor, state: after.state }; // the body puts out one
}

/** The state, or the empty one in the rows that start a document: restart `[B,1]`. */
function restarted(state: RuleState, makeEmpty: () => RuleState, restart: Tensor | undefined): RuleState {
  if (!restart) return state;
  return withFields(makeEmpty(), (fresh, name) => replaceRows(restart, fresh, state[name] as Tensor));
}

/** The state of an empty memory for the sizes of a sequence. */
export function emptyState(rule: LearningRule, { k, v }: SequenceInput, params: Params): RuleState {
  const [B = 0, H = 0, , K = 0] = k.shape;
  const n = writesOf(rule, params);
  return rule.initState({ B, H, K: K / n, V: (v.shape[3] ?? 0) / n }, params);
}

/** The same fields, each changed. */
export function withFields(state: RuleState, change: (x: Tensor, name: string) => Tensor): RuleState {
  const fields = Object.entries(state).map(([name, x]) => [name, change(x, name)] as const);
  return Object.fromEntries(fields) as RuleState; // S among them
}

/** What a token does to the state, and what is put out; the flag `[B,1]` is the token's, where there are flags. */
type TokenBody = (
  before: RuleState,
  x: TokenInput,
  flag: Tensor | undefined,
) => { readonly state: RuleState; readonly ys: readonly Tensor[] };

/** A body run for each token of a sequence in turn, with flags `[B,1,T]`: outputs, and the last state. */
export function scanTokens(
  rule: LearningRule,
  initial: RuleState,
  { q, k, v, logDecay, signals }: SequenceInput,
  flags: Tensor | undefined,
  body: TokenBody,
): { readonly ys: readonly Tensor[]; readonly state: RuleState } {
  const fields = Object.keys(initial);
  const sequences: Record<string, Tensor> = {
    q,
    k,
    v,
    ...(logDecay && { logDecay }),
    ...(flags && { flags }),
    ...Object.fromEntries(Object.entries(signals).map(([name, x]) => [`signals.${name}`, x])),
  };
  const names = Object.keys(sequences);
  const { carry, ys } = scan(
    (carried, slices) => {
      const token = named(names, slices);
      const own = Object.keys(rule.signals).map((name) => [name, token[`signals.${name}`]] as const);
      const x = { ...token, signals: Object.fromEntries(own) } as unknown as TokenInput; // all were given
      const after = body(named(fields, carried) as RuleState, x, token.flags); // the fields of a state
      return { carry: fields.map((name) => after.state[name] as Tensor), ys: after.ys }; // a step keeps its fields
    },
    Object.values(initial),
    Object.values(sequences),
    2,
  );
  return { ys, state: named(fields, carry) as RuleState }; // as above
}

function named(names: readonly string[], tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor])); // as many as names
}
