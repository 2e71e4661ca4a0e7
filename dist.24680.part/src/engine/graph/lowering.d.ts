import type { GraphBuilder } from './builder.js';
import type { Value } from './value.js';
/** Attributes as a tfjs kernel gets them. */
export type KernelAttributes = Readonly<Record<string, unknown>>;
/** Turns one call of a tfjs kernel into nodes. Inputs have the shape tfjs sees. */
export type Lowering = (g: GraphBuilder, inputs: Readonly<Record<string, Value>>, attrs: KernelAttributes) => Value | readonly Value[];
/** A family of lowerings, by kernel name. */
export type Lowerings = Readonly<Record<string, Lowering>>;
/** Reads an attribute that tfjs's own types promise; `T` is that type. */
export declare function attribute<T>(attrs: KernelAttributes, name: string): T;
/** The input of that name. */
export declare function inputOf(inputs: Readonly<Record<string, Value>>, name: string): Value;
/** Whether a tensor is so small (4,096 elements) that the number of nodes, not their work, decides the time. */
export declare function isSmall({ shape }: Value): boolean;
