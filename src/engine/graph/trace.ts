import { required } from '../../core/required.js';
import { RuleError, TraceError } from '../../core/errors.js';
import { tf, type DataId, type Tensor, type Variable } from '../../core/tf.js';
import { withCheckedAssignments } from '../assignments.js';
import { withBackend } from '../backends.js';
import type { TensorTree } from '../engine.js';
import { GraphBuilder } from './builder.js';
import type { Device } from './devices.js';
import './kernels/register.js';
import { elementType, TRACE_BACKEND, traceBackend } from './traceBackend.js';
import type { SubGraph, Value } from './value.js';

/** A function as a graph, with what its inputs and outputs stand for. */
export interface Program {
  readonly graph: SubGraph;
  /** Graph input names by argument; those the graph does not need are missing from it. */
  readonly inputs: readonly string[];
  /** Graph input name of each variable. */
  readonly states: readonly string[];
  /** Graph output name of each variable that was assigned. */
  readonly updates: ReadonlyMap<number, string>;
  /** The result's tensors in order, and how to put them together again. */
  readonly results: readonly Value[];
  readonly assemble: (tensors: readonly Tensor[]) => TensorTree;
}

/** tfjs keeps `dataId` read-only in its types; a trace swaps it and puts it back. */
type Swappable = { dataId: DataId };

function flatten(tree: TensorTree): { tensors: Tensor[]; assemble: Program['assemble'] } {
  if (tree instanceof tf.Tensor) return { tensors: [tree], assemble: ([only]) => required(only, 'a result') };
  if (Array.isArray(tree)) return { tensors: [...(tree as Tensor[])], assemble: (tensors) => tensors };
  const names = Object.keys(tree);
  const assemble = (tensors: readonly Tensor[]): TensorTree =>
    Object.fromEntries(names.map((name, i) => [name, required(tensors[i], 'a result')]));
  return { tensors: Object.values(tree as Readonly<Record<string, Tensor>>), assemble };
}

/** tfjs's own messages about kernels and values, said in terms of this engine. */
function explain(error: unknown, name: string): Error {
  const message = error instanceof Error ? error.message : String(error);
  const kernel = /Kernel '(\w+)' not registered/.exec(message)?.[1];
  if (kernel === undefined) return error instanceof Error ? error : new Error(message);
  const traced = new TraceError(
    `${name}: expected kernels the graph engine maps, got '${kernel}'; write it with other ops or use --engine eager`,
    { cause: error },
  );
  // A rule that says where in its file the kernel was asked for is not a fault of this package.
  if (error instanceof RuleError)
    return new RuleError(`${error.message}: ${traced.message}`, { cause: traced });
  return traced;
}

/** Runs `body` while each variable stands for a graph input; gives the values of those it assigned. */
function withSymbolicVariables<T>(
  variables: readonly Variable[],
  symbols: readonly Value[],
  body: (updated: () => Map<number, Value>) => T,
): T {
  const swappable = variables as readonly (Variable & Swappable)[]; // see Swappable
  const originals = swappable.map(({ dataId }) => dataId);
  const ids = symbols.map((symbol) => traceBackend.adopt(symbol));
  swappable.forEach((variable, i) => (variable.dataId = required(ids[i], 'an id')));
  const updated = (): Map<number, Value> =>
    new Map(
      swappable.flatMap((variable, i) =>
        variable.dataId === ids[i] ? [] : [[i, traceBackend.valueBehind(variable)] as const],
      ),
    );
  try {
    return body(updated);
  } finally {
    swappable.forEach((variable, i) => {
      // An assignment made tfjs count the variable once more.
      if (variable.dataId !== ids[i]) tf.engine().disposeTensor(variable);
      variable.dataId = required(originals[i], 'an id');
    });
  }
}

interface TraceOptions {
  readonly name: string;
  /** What will run the graph; default: cpu. */
  readonly device?: Device;
}

/**
 * Records a function of tensors as a graph.
 *
 * @throws TraceError when it reads a value or uses a kernel without a mapping, ShapeError when it assigns a variable
 *   a value of another shape or type.
 */
export function trace(
  fn: (...inputs: Tensor[]) => TensorTree,
  examples: readonly Tensor[],
  variables: readonly Variable[],
  { name, device }: TraceOptions,
): Program {
  const builder = new GraphBuilder('', device);
  return withBackend(TRACE_BACKEND, () => {
    traceBackend.begin(builder, name);
    tf.engine().startScope();
    try {
      return withCheckedAssignments(variables, name, () => record(builder, fn, examples, variables, name));
    } catch (error) {
      throw explain(error, name);
    } finally {
      tf.engine().endScope();
      traceBackend.end();
    }
  });
}

function record(
  builder: GraphBuilder,
  fn: (...inputs: Tensor[]) => TensorTree,
  examples: readonly Tensor[],
  variables: readonly Variable[],
  name: string,
): Program {
  const declare = (prefix: string) => (tensor: Tensor, i: number) =>
    builder.input(`${prefix}${i}`, tensor.shape, elementType(tensor.dtype, name));
  const inputs = examples.map(declare('in'));
  const states = variables.map(declare('state'));
  return withSymbolicVariables(variables, states, (updated) => {
    const { tensors, assemble } = flatten(fn(...inputs.map((value) => traceBackend.tensor(value))));
    const results = tensors.map((tensor, i) => builder.output(traceBackend.valueBehind(tensor), `out${i}`));
    const updates = [...updated()].map(([i, value]) => [i, builder.output(value, `next${i}`)] as const);
    return {
      graph: builder.finish([...results, ...updates.map(([, value]) => value)]),
      inputs: inputs.map((value) => value.name),
      states: states.map((value) => value.name),
      updates: new Map(updates.map(([i, value]) => [i, value.name])),
      results,
      assemble,
    };
  });
}
