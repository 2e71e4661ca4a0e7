import { required } from '../../core/required.js';
import { PlugInError, TraceError } from '../../core/errors.js';
import { tf, type DataId, type Tensor, type Variable } from '../../core/tf.js';
import { withCheckedAssignments } from '../assignments.js';
import { withBackend } from '../backends.js';
import type { TensorTree } from '../engine.js';
import { GraphBuilder } from './builder.js';
import type { Device } from './devices.js';
import './kernels/register.js';
import { elementType, TRACE_BACKEND, traceBackend } from './traceBackend.js';
import type { RowWrite, SubGraph, Value } from './value.js';

/** A function as a graph, with what its inputs and outputs stand for. */
export interface Program {
  readonly graph: SubGraph;
  /** Graph input names by argument; those the graph does not need are missing from it. */
  readonly inputs: readonly string[];
  /** Graph input name of each variable. */
  readonly states: readonly string[];
  /** Graph output name of each variable that was assigned. */
  readonly updates: ReadonlyMap<number, string>;
  /** Of variables that were assigned and are not in `updates`: rows and places, as outputs, to write into the present value. */
  readonly rowUpdates: ReadonlyMap<number, RowWrite>;
  /** The result's tensors in order, and how to put them together again. */
  readonly results: readonly Value[];
  readonly assemble: (tensors: readonly Tensor[]) => TensorTree;
  /** Of a program that itself keeps its variables as they are once a result is not finite. */
  readonly guard?: Guard;
}

/** Whether all calls so far had finite results: before this one, after it, and once more as a result of its own. */
interface Guard {
  readonly before: Value;
  readonly after: Value;
  readonly kept: Value;
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
  // Code that says where in its file the kernel was asked for is not a fault of this package.
  if (error instanceof PlugInError)
    return new PlugInError(`${error.message}: ${traced.message}`, { cause: traced });
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
  /** Whether the graph keeps its variables as they are once a result is not finite; else that is its caller's to do. */
  readonly guarded?: boolean;
  /** Whether a variable in which a row is written anew is given as that row: its caller writes it. */
  readonly rowsApart?: boolean;
  /** Names for a graph that leaves this process; default: such as `in0`, `state0` and `out0`. */
  readonly names?: {
    readonly inputs: readonly string[];
    readonly variables: readonly string[];
    readonly results: readonly string[];
  };
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
  options: TraceOptions,
): Program {
  const { name } = options;
  const builder = new GraphBuilder('', options.device);
  return withBackend(TRACE_BACKEND, () => {
    traceBackend.begin(builder, name);
    tf.engine().startScope();
    try {
      return withCheckedAssignments(variables, name, () => record(builder, fn, examples, variables, options));
    } catch (error) {
      throw explain(error, name);
    } finally {
      tf.engine().endScope();
      traceBackend.end();
    }
  });
}

const SCALAR = { shape: [], dtype: 'float32' } as const;
const FLAG = { shape: [], dtype: 'bool' } as const;

/** Whether this call and all before it have finite results: 0 x is 0 unless x is not finite. */
function finiteSoFar(builder: GraphBuilder, before: Value, results: readonly Value[]): Value {
  const zero = builder.scalar(0);
  const zeros = results
    .filter(({ dtype }) => dtype === 'float32')
    .map((result) =>
      builder.op('ReduceSum', [builder.op('Mul', [result, zero], {}, result)], { keepdims: 0 }, SCALAR),
    );
  const sum = zeros.reduce((a, b) => builder.op('Add', [a, b], {}, SCALAR), zero);
  return builder.op('And', [before, builder.op('Equal', [sum, zero], {}, FLAG)], {}, FLAG);
}

function record(
  builder: GraphBuilder,
  fn: (...inputs: Tensor[]) => TensorTree,
  examples: readonly Tensor[],
  variables: readonly Variable[],
  { name, guarded = false, rowsApart = false, names }: TraceOptions,
): Program {
  const declare = (prefix: string, given: readonly string[] | undefined) => (tensor: Tensor, i: number) =>
    builder.input(given?.[i] ?? `${prefix}${i}`, tensor.shape, elementType(tensor.dtype, name));
  const inputs = examples.map(declare('in', names?.inputs));
  const states = variables.map(declare('state', names?.variables));
  return withSymbolicVariables(variables, states, (updated) => {
    const { tensors, assemble } = flatten(fn(...inputs.map((value) => traceBackend.tensor(value))));
    const values = tensors.map((tensor) => traceBackend.valueBehind(tensor));
    const before =
      guarded && updated().size > 0 ? builder.input('before', FLAG.shape, FLAG.dtype) : undefined;
    const finite = before && finiteSoFar(builder, before, values);
    const results = values.map((value, i) => builder.output(value, names?.results[i] ?? `out${i}`));
    const rowUpdates = new Map(
      [...(rowsApart ? updated() : [])].flatMap(([i, value]) => {
        const write = builder.rowWrites.get((value.base ?? value).name);
        if (!write || (write.table.base ?? write.table).name !== states[i]?.name) return [];
        const row = builder.output(write.row, `row${i}`);
        return [[i, { ...write, row, slot: builder.output(write.slot, `slot${i}`) }] as const];
      }),
    );
    const whole = [...updated()].filter(([i]) => !rowUpdates.has(i));
    const updates = whole.map(([i, value]) => {
      const kept = finite
        ? builder.op('Where', [finite, value, required(states[i], 'a state')], {}, value)
        : value;
      return [i, builder.output(kept, `next${i}`)] as const;
    });
    const guard = before &&
      finite && { before, after: builder.output(finite, 'after'), kept: builder.output(finite, 'kept') };
    const guards = guard ? [guard.after, guard.kept] : [];
    const written = [...rowUpdates.values()].flatMap(({ row, slot }) => [row, slot]);
    return {
      graph: builder.finish([...results, ...updates.map(([, value]) => value), ...written, ...guards]),
      inputs: inputs.map((value) => value.name),
      states: states.map((value) => value.name),
      updates: new Map(updates.map(([i, value]) => [i, value.name])),
      rowUpdates,
      results,
      assemble,
      ...(guard && { guard }),
    };
  });
}
