import { z } from 'zod';
import { ShapeError } from '../core/errors.js';
import { Rng } from '../core/rng.js';
import { parsed } from '../core/schema.js';
import { tf, type Tensor, type Variable } from '../core/tf.js';
import type { Weights, WeightSpec } from '../core/weights.js';
import type { WithChoices } from '../mixers/contract.js';

/** Settings every tfjs layer takes, and `seed` (default 0), which decides the initial values. */
type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]> & {
  readonly seed?: number;
};

/** What the constructor of a layer with settings of this schema takes. */
export type ArgsOf<Schema extends z.ZodObject> = WithChoices<Readonly<z.input<Schema>>> & LayerArgs;

/** The settings of a layer, defaults filled in. */
export type OptionsOf<Schema extends z.ZodObject> = Readonly<z.output<Schema>>;

type Shape = (number | null)[];

const LAYER_FIELDS = [
  'name',
  'trainable',
  'dtype',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'inputDType',
  'weights',
  'updatable',
  // tfjs adds it to every config it loads.
  'customObjects',
];

/** The first of one or several shapes: a layer's main input comes before its documents. */
function firstShape(shape: Shape | Shape[]): Shape {
  return Array.isArray(shape[0]) ? shape[0] : (shape as Shape); // an array of sizes, by the test before
}

function isVariable(value: Tensor): value is Variable {
  return value instanceof tf.Variable;
}

/** tfjs gives the variable of a weight itself, though its type says only Tensor. */
function variableOf(value: Tensor, name: string): Variable {
  if (isVariable(value)) return value;
  throw new ShapeError(`${name}: expected a variable, got a tensor [${value.shape.join(',')}]`);
}

/**
 * A tfjs layer of ours: settings by a schema, weights by spec, and a pure function for a body. Input is x,
 * or [x, documents] where the body heeds documents.
 */
export abstract class PavlovLayer<Schema extends z.ZodObject = z.ZodObject> extends tf.layers.Layer {
  readonly options: OptionsOf<Schema>;
  readonly seed: number;
  /** Specs of the weights, in the order of `weights`; empty until built. */
  specs: readonly WeightSpec[] = [];
  /** Whether building draws the initial values; else weights are zeros until they are assigned. */
  drawsWeights = true;

  static readonly className: string = 'PavlovLayer';
  /** The settings of the class. */
  static readonly schema: z.ZodObject = z.strictObject({});

  /**
   * @throws ConfigError with every setting that is unknown, missing or wrong.
   */
  constructor(args: ArgsOf<Schema>) {
    const { className, schema } = new.target;
    const given = Object.entries(args).filter(([name]) => name !== 'seed' && !LAYER_FIELDS.includes(name));
    const options = parsed(schema, Object.fromEntries(given), className);
    super(args);
    this.options = options as OptionsOf<Schema>; // a class gives the schema of its options
    this.seed = args.seed ?? 0;
  }

  /** The weights for an input of this width. */
  abstract specsFor(width: number): readonly WeightSpec[];

  /** The body. */
  protected abstract body(weights: Weights, x: Tensor, documents?: Tensor): Tensor;

  override build(inputShape: Shape | Shape[]): void {
    const width = firstShape(inputShape).at(-1);
    if (width === null || width === undefined) {
      throw new ShapeError(
        `${this.name}: expected a last axis of known size, got [${String(inputShape)}]; give the layer an inputShape`,
      );
    }
    this.specs = this.specsFor(width);
    const rng = Rng.fromSeed(this.seed);
    for (const spec of this.specs) {
      const shape = [...spec.shape];
      const weight = this.addWeight(spec.name, shape, 'float32', tf.initializers.zeros());
      if (!this.drawsWeights) continue;
      tf.tidy(() => {
        weight.write(tf.tensor(spec.initial(rng.derive(spec.name)), shape));
      });
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return firstShape(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x, documents] = Array.isArray(inputs) ? inputs : [inputs];
    if (!x) throw new ShapeError(`${this.name}: expected an input, got none`);
    return tf.tidy(() => this.forward(x, documents));
  }

  /** The layer as a pure function of its variables; disposes nothing of what it makes. */
  forward(x: Tensor, documents?: Tensor): Tensor {
    return this.body(this.read(), x, documents);
  }

  /** The variables of the layer, in the order of `specs`. */
  get variables(): Variable[] {
    return this.weights.map((weight) => variableOf(weight.read(), weight.name));
  }

  /** The weights by name, as the body takes them. */
  read(): Weights {
    const { variables } = this;
    return Object.fromEntries(this.specs.map((spec, i) => [spec.name, variables[i] as Tensor]));
  }

  override getConfig(): tf.serialization.ConfigDict {
    const own = { ...this.options, seed: this.seed };
    // Settings are numbers, strings, booleans and flat objects of them, which is what a ConfigDict is.
    return { ...super.getConfig(), ...(own as unknown as tf.serialization.ConfigDict) };
  }
}

/** Registers a layer class with tfjs under the package `Pavlov`, so that saved models load. */
export function registerLayer(
  layer: tf.serialization.SerializableConstructor<tf.serialization.Serializable>,
): void {
  tf.serialization.registerClass(layer, 'Pavlov');
}
