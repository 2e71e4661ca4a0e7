import type { Program } from './trace.js';
import type { GraphNode, SubGraph, Value } from './value.js';

/** The number of calls, which the graph leaves open. */
export const ANY_SIZE = -1;

/** A program whose one run makes any number of calls of another one after another. */
export interface Sequence {
  /** Inputs and results have a leading axis of calls; variables are as before the first and after the last call. */
  readonly program: Program;
  /** Graph input of one int32 a call that stands in where the program takes nothing. */
  readonly counter: string | undefined;
  /** Graph output that says of every call whether its assignments were kept; absent where they always are. */
  readonly kept: string | undefined;
}

const START = 'start_kept';

/** What `Scan` runs over where the program takes nothing. */
const COUNTER: Value = { name: 'call', shape: [], dtype: 'int32' };

const named = (value: Value, name: string): Value => ({ ...value, name });
const stacked = (value: Value): Value => ({
  ...value,
  name: `all_${value.name}`,
  shape: [ANY_SIZE, ...value.shape],
});

/** What becomes of a program's values in a loop of calls. */
interface Roles {
  /** A variable that is assigned: its name in the body, and its value after a call. */
  readonly carried: readonly { readonly state: string; readonly next: Value }[];
  /** Variables that are only read. */
  readonly read: readonly Value[];
  /** What every call is given. */
  readonly taken: readonly Value[];
  /** The guard, if there is one. */
  readonly guards: readonly NonNullable<Program['guard']>[];
}

function rolesOf({ graph, inputs, states, updates, guard }: Program): Roles {
  const outputs = new Map(graph.outputs.map((value) => [value.name, value]));
  const carried = [...updates].flatMap(([i, name]) => {
    const [state, next] = [states[i], outputs.get(name)];
    return state === undefined || next === undefined ? [] : [{ state, next }];
  });
  const isCarried = (name: string): boolean => carried.some(({ state }) => state === name);
  const taken = graph.inputs.filter(({ name }) => inputs.includes(name));
  return {
    carried,
    read: graph.inputs.filter(({ name }) => states.includes(name) && !isCarried(name)),
    taken: taken.length === 0 ? [COUNTER] : taken,
    guards: guard ? [guard] : [],
  };
}

function loopOf({ graph, results }: Program, { carried, taken, guards }: Roles): GraphNode {
  const body: SubGraph = {
    ...graph,
    inputs: [
      ...carried.map(({ state, next }) => named(next, state)),
      ...guards.map((g) => g.before),
      ...taken,
    ],
    outputs: [
      ...carried.map(({ next }) => next),
      ...guards.map((g) => g.after),
      ...results,
      ...guards.map((g) => g.kept),
    ],
  };
  const last = carried.length + guards.length;
  return {
    type: 'Scan',
    domain: '',
    inputs: [
      ...carried.map(({ state }) => `initial_${state}`),
      ...guards.map(() => START),
      ...taken.map((value) => stacked(value).name),
    ],
    outputs: body.outputs.map(({ name }, i) => `${i < last ? 'last' : 'all'}_${name}`),
    attributes: { body: { graph: body }, num_scan_inputs: taken.length },
    flops: graph.nodes.reduce((sum, { flops }) => sum + flops, 0),
  };
}

/**
 * The calls as ONNX's `Scan`: variables that are assigned are carried from call to call, so that they reach the device
 * once and come back once, however many calls there are. Undefined for a program that assigns nothing.
 */
export function asSequence(program: Program): Sequence | undefined {
  const { states, updates, guard } = program;
  if (updates.size === 0) return undefined;
  const roles = rolesOf(program);
  const { carried, read, taken, guards } = roles;
  const results = program.results.map(stacked);
  const graph: SubGraph = {
    nodes: [loopOf(program, roles)],
    constants: guards.map(() => ({ name: START, shape: [], dtype: 'bool', data: Uint8Array.of(1) })),
    inputs: [
      ...carried.map(({ state, next }) => named(next, `initial_${state}`)),
      ...read,
      ...taken.map(stacked),
    ],
    outputs: [
      ...carried.map(({ next }) => named(next, `last_${next.name}`)),
      ...results,
      ...guards.map((g) => stacked(g.kept)),
    ],
  };
  return {
    program: {
      ...program,
      graph,
      inputs: program.inputs.map((name) => `all_${name}`),
      states: states.map((name, i) => (updates.has(i) ? `initial_${name}` : name)),
      updates: new Map([...updates].map(([i, name]) => [i, `last_${name}`])),
      results,
    },
    counter: taken[0] === COUNTER ? stacked(COUNTER).name : undefined,
    kept: guard && stacked(guard.kept).name,
  };
}
