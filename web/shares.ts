import { ConfigError } from '../src/core/errors.js';
import { sizeOf } from '../src/core/shapes.js';
import { tensorOf } from './carriedStates.js';
import type { Runtime, RuntimeSession, RuntimeTensor, SavedState } from './contract.js';
import type { MemoryGraphFacts, PlayLayer, PlayRun, PlayStep, Shares } from './playContract.js';

/** Fields of all rows by name, each `[rows+1, memories, ..]`. */
type Rows = Readonly<Record<string, Float32Array>>;

/** A layer's memories, and the graph that runs them alone. */
export interface MemoryRunner {
  readonly runtime: Runtime;
  readonly session: RuntimeSession;
  readonly run: PlayRun;
  readonly layer: PlayLayer;
  readonly graph: MemoryGraphFacts;
}

function fieldOf({ run }: MemoryRunner, { values }: SavedState, state: string): Float32Array {
  return values[run.states.findIndex(({ name }) => name === state)] ?? new Float32Array();
}

/** Every row with the memories as a state has them. */
function rowsFrom(runner: MemoryRunner, state: SavedState): Rows {
  const { fields, rows } = runner.graph;
  const named = fields.map((field) => {
    const one = fieldOf(runner, state, field.state);
    const all = new Float32Array(one.length * (rows + 1));
    for (let row = 0; row <= rows; row++) all.set(one, row * one.length);
    return [field.name, all] as const;
  });
  return Object.fromEntries(named);
}

/** The rows with what became another between two tokens, memory by memory, the same in every row. */
function rowsAfter(runner: MemoryRunner, before: Rows, ended: SavedState, started: SavedState): Rows {
  const { fields, rows } = runner.graph;
  const named = fields.map(({ name, state }) => {
    const [old, now] = [fieldOf(runner, ended, state), fieldOf(runner, started, state)];
    const all = Float32Array.from(before[name] ?? []);
    const size = now.length / runner.layer.memories;
    for (let m = 0; m < runner.layer.memories; m++) {
      const own = now.subarray(m * size, (m + 1) * size);
      if (own.every((x, i) => x === old[m * size + i])) continue;
      for (let row = 0; row <= rows; row++) all.set(own, row * now.length + m * size);
    }
    return [name, all] as const;
  });
  return Object.fromEntries(named);
}

/** What the memories were given at a token, by the name of the graph's input. */
function givenAt({ layer: { layer, memories } }: MemoryRunner, step: PlayStep, name: string): Float32Array {
  const view = step.layers.find((one) => one.layer === layer);
  const write = step.change?.[layer]?.write;
  switch (name) {
    case 'q':
      return view?.q ?? new Float32Array();
    case 'k':
      return view?.k ?? new Float32Array();
    case 'v':
      return view?.v ?? new Float32Array();
    case 'log_decay':
      return (view?.decay ?? new Float32Array()).map(Math.log);
    case 'write':
      return write ? Float32Array.from(write) : new Float32Array(memories).fill(1);
    default:
      return view?.signals[name.replace('signal.', '')] ?? new Float32Array();
  }
}

/** Some steps in a row, from the first of them: the rows after them, and what each read-out owes `[steps,rows,heads]`. */
async function follow(
  runner: MemoryRunner,
  rows: Rows,
  steps: readonly PlayStep[],
  place: { readonly first: number; readonly at: number },
): Promise<{ readonly rows: Rows; readonly shares: Float32Array; readonly strengths: Float32Array }> {
  const { runtime, graph } = runner;
  const count = graph.rows + 1;
  const T = steps.length;
  const given = Object.entries(graph.tokens).map(([name, shape]) => {
    const size = sizeOf(shape);
    const all = new Float32Array(T * size);
    steps.forEach((step, t) => all.set(givenAt(runner, step, name), t * size));
    return [name, tensorOf(runtime, all, [T, ...shape])] as const;
  });
  const past = graph.fields.map(
    ({ name, shape }) =>
      [`past_${name}`, tensorOf(runtime, rows[name] ?? new Float32Array(), [count, ...shape])] as const,
  );
  const numbers = (length: number, of: (i: number) => number): RuntimeTensor =>
    tensorOf(
      runtime,
      Float32Array.from({ length }, (_, i) => of(i)),
      [length],
    );
  const outputs = await runner.session.run({
    left_out: numbers(count, (row) => (row === graph.rows ? -1 : place.first + row)),
    token: numbers(T, (t) => place.at + t),
    ...Object.fromEntries(past),
    ...Object.fromEntries(given),
  });
  // The casts: all outputs of this graph are tensors of numbers.
  const dataOf = (name: string): Float32Array => (outputs[name] as RuntimeTensor).data as Float32Array;
  return {
    rows: Object.fromEntries(graph.fields.map(({ name }) => [name, dataOf(`present_${name}`)])),
    shares: dataOf('shares'),
    strengths: dataOf('strengths'),
  };
}

/**
 * What each read-out of a layer's heads owes to the value of each token, as the memory probe measures it: the memories
 * run again without each of the values, under the changes that the steps were made with. What heads read is as it was
 * before `read` of a change.
 *
 * @throws ConfigError where the first step is not one after a start.
 */
export async function sharesOf(runner: MemoryRunner, steps: readonly PlayStep[]): Promise<Shares> {
  const { heads } = runner.layer;
  const T = steps.length;
  const table = (): Float32Array[][] =>
    Array.from({ length: heads }, () => Array.from({ length: T }, (_, t) => new Float32Array(t + 1)));
  const found = { shares: table(), strengths: table() };
  for (let first = 0; first < T; first += runner.graph.rows) {
    const start = steps[first]?.start ?? steps[first - 1]?.state;
    if (!start) {
      throw new ConfigError(
        'shares: expected steps from the start of a text or a restored state, got later ones',
      );
    }
    let rows = rowsFrom(runner, start);
    for (let at = first; at < T;) {
      const next = steps.findIndex((step, t) => t > at && step.start !== undefined);
      const end = next < 0 ? T : next;
      const part = await follow(runner, rows, steps.slice(at, end), { first, at });
      take(found, part, { first, at, end, heads, rows: runner.graph.rows });
      const [ended, started] = [steps[end - 1]?.state, steps[end]?.start];
      rows = ended && started ? rowsAfter(runner, part.rows, ended, started) : part.rows;
      at = end;
    }
  }
  return found;
}

/** Puts what some steps owe to some tokens into the tables. */
function take(
  found: { readonly shares: readonly Float32Array[][]; readonly strengths: readonly Float32Array[][] },
  part: { readonly shares: Float32Array; readonly strengths: Float32Array },
  at: {
    readonly first: number;
    readonly at: number;
    readonly end: number;
    readonly heads: number;
    readonly rows: number;
  },
): void {
  for (const kind of ['shares', 'strengths'] as const) {
    for (let head = 0; head < at.heads; head++) {
      for (let t = at.at; t < at.end; t++) {
        const row = found[kind][head]?.[t];
        for (let r = 0; row && r < at.rows && at.first + r <= t; r++) {
          row[at.first + r] = part[kind][((t - at.at) * at.rows + r) * at.heads + head] ?? NaN;
        }
      }
    }
  }
}
