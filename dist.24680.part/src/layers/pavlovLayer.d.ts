import { z } from 'zod';
import { tf, type Tensor, type Variable } from '../core/tf.js';
import type { Weights, WeightSpec } from '../core/weights.js';
/** Settings every tfjs layer takes, and `seed` (default 0), which decides the initial values. */
type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]> & {
    readonly seed?: number;
};
/** What the constructor of a layer with settings of this schema takes. */
export type ArgsOf<Schema extends z.ZodObject> = Readonly<z.input<Schema>> & LayerArgs;
/** The settings of a layer, defaults filled in. */
export type OptionsOf<Schema extends z.ZodObject> = Readonly<z.output<Schema>>;
type Shape = (number | null)[];
/**
 * A tfjs layer of ours: settings by a schema, weights by spec, and a pure function for a body. Input is x,
 * or [x, documents] where the body heeds documents.
 */
export declare abstract class PavlovLayer<Schema extends z.ZodObject = z.ZodObject> extends tf.layers.Layer {
    readonly options: OptionsOf<Schema>;
    readonly seed: number;
    /** Specs of the weights, in the order of `weights`; empty until built. */
    specs: readonly WeightSpec[];
    static readonly className: string;
    /** The settings of the class. */
    static readonly schema: z.ZodObject;
    /**
     * @throws ConfigError with every setting that is unknown, missing or wrong.
     */
    constructor(args: ArgsOf<Schema>);
    /** The weights for an input of this width. */
    protected abstract specsFor(width: number): readonly WeightSpec[];
    /** The body. */
    protected abstract body(weights: Weights, x: Tensor, documents?: Tensor): Tensor;
    build(inputShape: Shape | Shape[]): void;
    computeOutputShape(inputShape: Shape | Shape[]): Shape;
    call(inputs: Tensor | Tensor[]): Tensor;
    /** The layer as a pure function of its variables; disposes nothing of what it makes. */
    forward(x: Tensor, documents?: Tensor): Tensor;
    /** The variables of the layer, in the order of `specs`. */
    get variables(): Variable[];
    /** The weights by name, as the body takes them. */
    read(): Weights;
    getConfig(): tf.serialization.ConfigDict;
}
/** Registers a layer class with tfjs under the package `Pavlov`, so that saved models load. */
export declare function registerLayer(layer: tf.serialization.SerializableConstructor<tf.serialization.Serializable>): void;
export {};
