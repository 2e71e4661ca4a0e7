import { tf, type Tensor } from '../core/tf.js';
import type { SequenceInput } from '../rules/contract.js';
import { type MemoryTrace, traceMemory } from '../rules/run/traceMemory.js';
import { headInputs } from './headInputs.js';
import type { LanguageModel } from './languageModel.js';

/**
 * What is seen of a block's memories on some rows of tokens, M memories a block: their state is that at the end of
 * each row's first document.
 *
 * Shapes: `keys` [B,M,T,K] · `norm` [B,M,T], |S| after each token · `stability` [B,M,T], the measure of the rule's
 * bound, where it has one · `decay` [B,M,T] or [B,M,T,K], the share kept, where there is a gate (B may be 1) ·
 * `signal/<name>` [B,M,T] · `state/<field>` [B,M,..], `state/S` [B,M,V,K].
 */
export type TraceName = 'keys' | 'norm' | 'stability' | 'decay' | `signal/${string}` | `state/${string}`;

/** Traces by block and name: `<block>/<TraceName>`. */
export type MemoryTraces = Readonly<Record<string, Tensor>>;

/** A name in `MemoryTraces`. */
export function traceName(block: number, name: TraceName): string {
  return `${block}/${name}`;
}

/**
 * Follows the memory of every conditioning head through the rows. Blocks of softmax heads have no memory and give
 * nothing.
 *
 * Shapes: ids, documents [B,T] int32; without documents a row is one.
 * State: pure; traceable; disposes nothing.
 */
export function memoryTraces(model: LanguageModel, ids: Tensor, documents?: Tensor): MemoryTraces {
  const traces = headInputs(model, ids, documents).flatMap(({ block, plan, input }) => {
    const trace = traceMemory(plan.rule, input, plan.ruleParams);
    const found = [...inputTraces(input), ...stateTraces(trace)];
    return found.map(([name, tensor]) => [traceName(block, name), tensor] as const);
  });
  return Object.fromEntries(traces);
}

type Named = readonly [TraceName, Tensor];

function inputTraces({ k, logDecay, signals }: SequenceInput): Named[] {
  return [
    ['keys', k],
    ...(logDecay ? [['decay', tf.exp(logDecay)] satisfies Named] : []),
    ...Object.entries(signals).map(([name, signal]): Named => [`signal/${name}`, signal]),
  ];
}

function stateTraces({ norm, stability, state }: MemoryTrace): Named[] {
  return [
    ['norm', norm],
    ...(stability ? [['stability', stability] satisfies Named] : []),
    ...Object.entries(state).map(([field, tensor]): Named => [`state/${field}`, tensor]),
  ];
}
