import { tf, type Tensor } from '../core/tf.js';

/** Inputs by name; one that is undefined is left out. */
export type NamedTensors = Readonly<Record<string, Tensor | undefined>>;
type Attributes = Readonly<Record<string, number | string | boolean | readonly number[]>>;
type Outputs = Tensor | readonly [Tensor, ...Tensor[]];

/** Gradients by the name of their input. */
type Gradients<In> = { readonly [Name in keyof In]?: Tensor | undefined };

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

/** The part of tfjs's engine that records such a call; private in its types. */
interface KernelRunner {
  runKernelFunc(call: GradientCall): Tensor | Tensor[];
}

const listOf = (value: Outputs | Tensor[]): Tensor[] => (value instanceof tf.Tensor ? [value] : [...value]);

/** Runs a call and records its gradient. */
export function runWithGradient(call: GradientCall): Tensor[] {
  // The cast is tfjs's own private method: `tf.customGrad`, its public form, allows one output only.
  return listOf((tf.engine() as unknown as KernelRunner).runKernelFunc(call));
}

/** The tape tfjs records on; private in its types. */
interface TapeHolder {
  readonly state: { activeTape: unknown };
}

/**
 * `tf.grads` inside the gradient of another op, with zeros for an input that the result does not depend on.
 * tfjs throws the outer tape away when an inner one ends, so it is put back.
 */
export function innerGradients(loss: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): Tensor[] {
  const touched = (...given: Tensor[]): Tensor =>
    tf.addN([loss(...given), ...given.map((x) => tf.mul(tf.sum(x), 0))]);
  const { state } = tf.engine() as unknown as TapeHolder; // see TapeHolder
  const outer = state.activeTape;
  try {
    return tf.grads(touched)(inputs);
  } finally {
    state.activeTape = outer;
  }
}

/**
 * Makes an operation, which is called like any function and differentiable where it has a gradient. An engine may
 * map its kernel name to something faster by registering a tfjs kernel of that name; the mapping must then pass
 * the tests of the definition.
 *
 * State: pure; disposal is the caller's `tidy`.
 */
export function defineOp<
  In extends NamedTensors,
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- most ops have no attributes
  A extends Attributes = Record<never, never>,
  Out extends Outputs = Tensor,
  Call = Apply<In, A, Out>,
>(definition: OpDefinition<In, A, Out, Call>): Call & { readonly kernel: string } {
  const { name, differentiable = [], define, gradient, call } = definition;
  const takesGradient = (key: string): boolean =>
    typeof differentiable === 'function' ? differentiable(key) : differentiable.includes(key);
  const evaluate = (inputs: In, attrs: A): Out => {
    if (!tf.getKernel(name, tf.getBackend())) return define(inputs, attrs);
    const outputs = tf.engine().runKernel<Tensor | Tensor[]>(name, { ...given(inputs) }, { ...attrs });
    return outputs as Out; // a mapping gives what the definition does
  };
  const apply = (inputs: In, attrs = {} as A): Out => {
    if (!gradient) return evaluate(inputs, attrs);
    const tensors = given(inputs);
    let several = false;
    // The casts below: tensors come back from tfjs in the order in which they were put in.
    const shaped = (list: Tensor[]): Out => (several ? list : list[0]) as Out;
    const outputs = runWithGradient({
      forwardFunc: (_backend, save) => {
        const results = evaluate(inputs, attrs);
        several = Array.isArray(results);
        save([...Object.values(tensors), ...listOf(results)]);
        return listOf(results);
      },
      backwardsFunc: (dy, saved) => {
        const names = Object.keys(tensors);
        const again = Object.fromEntries(names.map((key, i) => [key, saved[i]])) as unknown as In;
        const found = gradient(shaped(listOf(dy)), again, shaped(saved.slice(names.length)), attrs);
        const grads = Object.entries<Tensor | undefined>(found);
        return Object.fromEntries(grads.flatMap(([key, grad]) => (grad ? [[key, () => grad]] : [])));
      },
      inputs: Object.fromEntries(Object.entries(tensors).filter(([key]) => takesGradient(key))),
    });
    return shaped(outputs);
  };
  const callable = call ? call(apply) : (apply as Call); // without `call`, Call is Apply
  return Object.assign(callable as Call & object, { kernel: name });
}

/** The inputs that there are. */
function given(inputs: NamedTensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, tensor]) => (tensor ? [[name, tensor]] : [])),
  );
}
