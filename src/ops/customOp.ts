import { tf, type Tensor } from '../core/tf.js';

export type NamedTensors = Readonly<Record<string, Tensor>>;
export type Attributes = Readonly<Record<string, number | string | boolean | readonly number[]>>;

/**
 * An operation of ours: a definition in tfjs ops, which every backend runs, and a gradient.
 * An engine may map `name` to something faster by registering a tfjs kernel of that name; the mapping must
 * then pass the tests of the definition.
 */
export interface CustomOp<In extends NamedTensors, A extends Attributes> {
  /** Kernel name, unique. */
  readonly name: string;
  /** Inputs that take a gradient, in the order of `gradient`'s result. */
  readonly differentiable: readonly (keyof In & string)[];
  /** The definition: outputs from inputs. */
  readonly define: (inputs: In, attrs: A) => Tensor[];
  /** One gradient for each of `differentiable`, given the gradient of every output. */
  readonly gradient?: (dys: readonly Tensor[], inputs: In, outputs: readonly Tensor[], attrs: A) => Tensor[];
}

/** A computation with several outputs and one gradient, a gradient a name of the inputs. */
export interface GradientCall {
  readonly forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
  readonly backwardsFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => Record<string, () => Tensor>;
  readonly inputs: Record<string, Tensor>;
}

/** The part of tfjs's engine that records such a call; private in its types. */
interface KernelRunner {
  runKernelFunc(call: GradientCall): Tensor | Tensor[];
}

function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

/** Runs a call and records its gradient. */
export function runWithGradient(call: GradientCall): Tensor[] {
  // The cast is tfjs's own private method: `tf.customGrad`, its public form, allows one output only.
  return listOf((tf.engine() as unknown as KernelRunner).runKernelFunc(call));
}

/** Runs the mapping the current backend has for the op, else the definition. */
function evaluate<In extends NamedTensors, A extends Attributes>(
  op: CustomOp<In, A>,
  inputs: In,
  attrs: A,
): Tensor[] {
  if (!tf.getKernel(op.name, tf.getBackend())) return op.define(inputs, attrs);
  return listOf(tf.engine().runKernel<Tensor | Tensor[]>(op.name, { ...inputs }, { ...attrs }));
}

/**
 * Applies a custom op; differentiable where it has a gradient.
 *
 * State: pure; disposal is the caller's `tidy`.
 */
export function applyOp<In extends NamedTensors, A extends Attributes>(
  op: CustomOp<In, A>,
  inputs: In,
  attrs: A,
): Tensor[] {
  const { gradient } = op;
  if (!gradient) return evaluate(op, inputs, attrs);
  const names = Object.keys(inputs);
  const tensors = Object.values(inputs);
  return runWithGradient({
    forwardFunc: (_backend, save) => {
      const results = evaluate(op, inputs, attrs);
      save([...tensors, ...results]);
      return results;
    },
    backwardsFunc: (dy, saved) => {
      const given = Object.fromEntries(names.map((name, i) => [name, saved[i]])) as unknown as In;
      const grads = gradient(listOf(dy), given, saved.slice(names.length), attrs);
      return Object.fromEntries<() => Tensor>(
        op.differentiable.flatMap((name, at) => {
          const grad = grads[at];
          return grad ? [[name, () => grad]] : [];
        }),
      );
    },
    inputs: Object.fromEntries(op.differentiable.map((name) => [name, inputs[name] as Tensor])),
  });
}
