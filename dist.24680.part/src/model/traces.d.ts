import { type Tensor } from '../core/tf.js';
import type { Memory } from '../mixers/contract.js';
import type { SequenceInput } from '../rules/contract.js';
import type { Model } from './model.js';
/** The memories of a layer and what their rule is given at every token. */
export interface MemoryInputs {
    /** Index of the layer in the model. */
    readonly layer: number;
    readonly memory: Memory;
    readonly input: SequenceInput;
}
/** The layers whose mixer has memories, by index. */
export declare function memoriesOf({ layers }: Pick<Model, 'layers'>): {
    layer: number;
    memory: Memory;
}[];
/**
 * What the rule of every layer with memories is given on these inputs, to be run again with `runSequence`. Other layers
 * are left out.
 *
 * Shapes: inputs as the model's, documents [B,T] int32 -> as `SequenceInput`.
 * State: pure; traceable; disposes nothing.
 */
export declare function memoryInputs(model: Model, inputs: Tensor, documents?: Tensor): MemoryInputs[];
/**
 * What is seen of a layer's memories on some rows of tokens, M memories per layer: their state is that at the end of
 * each row's first document.
 *
 * Shapes: `keys` [B,M,T,K] · `norm` [B,M,T], |S| after each token · `stability` [B,M,T], the measure of the rule's
 * bound, where it has one · `decay` [B,M,T] or [B,M,T,K], the share kept, where there is a gate (B may be 1) ·
 * `signal/<name>` [B,M,T] · `state/<field>` [B,M,..], `state/S` [B,M,V,K].
 */
export type TraceName = 'keys' | 'norm' | 'stability' | 'decay' | `signal/${string}` | `state/${string}`;
/** Traces by layer and name: `<layer>/<TraceName>`. */
export type MemoryTraces = Readonly<Record<string, Tensor>>;
/** A name in `MemoryTraces`. */
export declare function traceName(layer: number, name: TraceName): string;
/**
 * Follows every memory through the rows. Layers without memories give nothing.
 *
 * Shapes: ids, documents [B,T] int32; without documents a row is one.
 * State: pure; traceable; disposes nothing.
 */
export declare function memoryTraces(model: Model, ids: Tensor, documents?: Tensor): MemoryTraces;
