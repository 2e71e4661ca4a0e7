import { type Tensor } from '../core/tf.js';
/** Inputs by name; one that is undefined is left out. */
export type NamedTensors = Readonly<Record<string, Tensor | undefined>>;
type Attributes = Readonly<Record<string, number | string | boolean | readonly number[]>>;
type Outputs = Tensor | readonly [Tensor, ...Tensor[]];
/** Gradients by the name of their input. */
type Gradients<In> = {
    readonly [Name in keyof In]?: Tensor | undefined;
};
/** An op applied to its inputs; the attributes may be left out where it has none. */
type Apply<In, A, Out> = (inputs: In, ...attrs: keyof A extends never ? [] : [attrs: A]) => Out;
/** An operation: a definition in tfjs ops, which every backend runs, and a gradient. */
interface OpDefinition<In extends NamedTensors, A extends Attributes, Out extends Outputs, Call> {
    /** Kernel name, unique. */
    readonly name: string;
    /** The definition: one output, or several, from inputs. */
    readonly define: (inputs: In, attrs: A) => Out;
    /** Inputs that take a gradient, where they are given. Default: none. */
    readonly differentiable?: readonly (keyof In & string)[] | ((name: string) => boolean);
    /** The gradient of each of them, from those of the outputs; each output is also given again. */
    readonly gradient?: (dy: Out, inputs: In, y: Out, attrs: A) => Gradients<In>;
    /** How the op is called. Default: as it is, with named inputs and attributes. */
    readonly call?: (apply: Apply<In, A, Out>) => Call;
}
/** A computation with several outputs and one gradient, one per named input. */
interface GradientCall {
    readonly forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    readonly backwardsFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => Record<string, () => Tensor>;
    readonly inputs: Record<string, Tensor>;
}
/** Runs a call and records its gradient. */
export declare function runWithGradient(call: GradientCall): Tensor[];
/**
 * Makes an operation, which is called like any function and differentiable where it has a gradient. An engine may
 * map its kernel name to something faster by registering a tfjs kernel of that name; the mapping must then pass
 * the tests of the definition.
 *
 * State: pure; disposal is the caller's `tidy`.
 */
export declare function defineOp<In extends NamedTensors, A extends Attributes = Record<never, never>, Out extends Outputs = Tensor, Call = Apply<In, A, Out>>(definition: OpDefinition<In, A, Out, Call>): Call & {
    readonly kernel: string;
};
export {};
