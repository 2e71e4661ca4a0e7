import { required } from '../../src/core/required.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { ANY_SIZE } from '../../src/engine/graph/sequence.js';
import {
  onnxType,
  type Constant,
  type GraphNode,
  type NodeAttributes,
  type SubGraph,
  type Value,
} from '../../src/engine/graph/value.js';
import { loopBackend } from '../../src/engine/loop.js';
import type { StepHook } from '../../src/mixers/contract.js';
import { readTokens } from '../../src/model/decode.js';
import type { Model } from '../../src/model/model.js';
import { packed, unpacked, type ExportedState } from './states.js';
import { tracedPart } from './tracedPart.js';

/** What a graph computes: one token, or any number of them. */
export type DecodeKind = 'decode' | 'prefill';

/** The names of a graph that a loop around it uses. */
const IDS = 'input_ids';
const LOGITS = 'logits';
const SEQUENCE = 'sequence_length';

const past = ({ name }: ExportedState): string => `past_${name}`;
const present = ({ name }: ExportedState): string => `present_${name}`;

function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: NodeAttributes = {},
): GraphNode {
  return { type, domain: '', inputs, outputs: [output], attributes, flops: 0 };
}

function int64s(name: string, values: readonly number[]): Constant {
  return { name, shape: [values.length], dtype: 'int64', data: BigInt64Array.from(values, BigInt) };
}

/** The stream after the next ids, and the states after them. */
type Read = (ids: Tensor, before: readonly Tensor[]) => readonly Tensor[];

/** `read` on rows of ids one after another, which is traced as ONNX's `Scan`. */
function inTurn(read: Read, ids: Tensor, axis: number, before: readonly Tensor[]): readonly Tensor[] {
  const body = ([, ...carried]: readonly Tensor[], slices: readonly Tensor[]) => {
    const row = tf.reshape(required(slices[0], 'ids'), [1, -1]);
    return { carry: read(row, carried), ys: [] };
  };
  return loopBackend().loop(body, before, [ids], { axis }).carry;
}

/**
 * A `Scan` over ids as a `Loop`, which may make no turn at all: ONNX Runtime refuses a `Scan` over nothing.
 *
 * @param count name of the number of turns
 */
function asLoop(scan: GraphNode, count: string): GraphNode {
  const ids = required(scan.inputs.at(-1), 'ids to loop over');
  const { body, scan_input_axes: axes } = scan.attributes;
  if (typeof body !== 'object' || !('graph' in body) || !Array.isArray(axes)) return scan;
  const { graph } = body;
  const slice = required(graph.inputs.at(-1), 'a slice');
  const [turn, goOn, going] = ['turn', 'go_on', 'going'].map((name) => `${ids}_${name}`) as [
    string,
    string,
    string,
  ]; // as many as were given
  const flag = (name: string): Value => ({ name, shape: [], dtype: 'bool' });
  const loop: SubGraph = {
    ...graph,
    inputs: [{ name: turn, shape: [], dtype: 'int64' }, flag(goOn), ...graph.inputs.slice(0, -1)],
    nodes: [
      node('Gather', [ids, turn], slice.name, { axis: Number(axes[0]) }),
      node('Identity', [goOn], going),
      ...graph.nodes,
    ],
    outputs: [flag(going), ...graph.outputs],
  };
  const inputs = [count, '', ...scan.inputs.slice(0, -1)];
  return { ...scan, type: 'Loop', inputs, attributes: { body: { graph: loop } } };
}

/** The input of a graph, and the nodes that make of it what the traced part reads. */
interface Head {
  readonly input: Value;
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
}

/** How a graph takes its ids, and what of it is traced. */
interface Plan {
  readonly head: Head;
  /** The inputs of the traced part that hold ids. Sizes that the input leaves open are examples: nothing depends on them. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly body: (ids: readonly Tensor[], before: readonly Tensor[]) => readonly Tensor[];
  /** Names of the numbers of turns of its loops, in their order. */
  readonly counts: readonly string[];
}

/** Ids are int64 outside, as tokenizers give them, and int32 within. */
const toInt32 = (output: string): GraphNode => node('Cast', [IDS], output, { to: onnxType.int32 });

/** One token `[1,1]` of the traced part. */
const ONE_TOKEN = { name: 'token', shape: [1, 1] } as const;

const oneTokenHead: Head = {
  input: { name: IDS, shape: ONE_TOKEN.shape, dtype: 'int64' },
  nodes: [toInt32(ONE_TOKEN.name)],
  constants: [],
};

function oneToken(read: Read): Plan {
  return {
    head: oneTokenHead,
    shapes: { [ONE_TOKEN.name]: ONE_TOKEN.shape },
    counts: [],
    body: ([token], before) => read(required(token, 'a token'), before),
  };
}

/** As many whole chunks `[n,C]` as there are, then what is left of them `[1,rest]`; either may have none. */
function anyTokens(read: Read, chunkSize: number, width: number): Plan {
  return {
    head: {
      input: { name: IDS, shape: [1, ANY_SIZE], dtype: 'int64', openSizes: [SEQUENCE] },
      nodes: [
        toInt32('ids'),
        node('Shape', [IDS], 'ids_length', { start: 1, end: 2 }),
        node('Div', ['ids_length', 'chunk_size'], 'chunk_count'),
        node('Mul', ['chunk_count', 'chunk_size'], 'chunked_length'),
        node('Slice', ['ids', 'zero', 'chunked_length', 'one'], 'chunked_ids'),
        node('Concat', ['chunk_count', 'chunk_size'], 'chunks_shape', { axis: 0 }),
        node('Reshape', ['chunked_ids', 'chunks_shape'], 'chunks', { allowzero: 1 }),
        node('Slice', ['ids', 'chunked_length', 'ids_length', 'one'], 'rest'),
        node('Sub', ['ids_length', 'chunked_length'], 'rest_count'),
      ],
      constants: [int64s('chunk_size', [chunkSize]), int64s('zero', [0]), int64s('one', [1])],
    },
    shapes: { chunks: [2, chunkSize], rest: [1, 2] },
    counts: ['chunk_count', 'rest_count'],
    body: ([chunks, rest], before) => {
      const start = [tf.zeros([1, width]), ...before];
      const chunked = inTurn(read, required(chunks, 'chunks'), 0, start);
      return inTurn(read, required(rest, 'the rest'), 1, chunked);
    },
  };
}

/** A graph whose ids come as int64. */
function withHead({ input, nodes, constants }: Head, graph: SubGraph, idInputs: readonly string[]): SubGraph {
  return {
    ...graph,
    nodes: [...nodes, ...graph.nodes],
    constants: [...constants, ...graph.constants],
    inputs: [input, ...graph.inputs.filter(({ name }) => !idInputs.includes(name))],
  };
}

/** Logits `[1,1,vocabulary]` of a stream `[1,D]`, and the states after it. */
function answers(
  model: Model,
  states: readonly ExportedState[],
  stream: Tensor,
  after: readonly Tensor[],
): Record<string, Tensor> {
  const logits = tf.expandDims(model.readOut(model.normed(stream)), 1);
  const named = states.map((state, i) => [present(state), required(after[i], 'a state')] as const);
  return { [LOGITS]: logits, ...Object.fromEntries(named) };
}

const pasts = (states: readonly ExportedState[]): Record<string, readonly number[]> =>
  Object.fromEntries(states.map((state) => [past(state), state.shape]));

/**
 * The model on the next token, or on the next tokens, of one row as a graph.
 *
 *   input_ids [1,1] or [1,sequence_length] int64, past_* -> logits [1,1,vocabulary] after the last token, present_*
 *
 * Any number of tokens are chunks in a loop, which run the rules' chunk forms, and then single tokens in another.
 *
 * @throws ConfigError for a model that reads or answers no tokens, or is too large for one file.
 */
export function decodeGraph(model: Model, kind: DecodeKind, states: readonly ExportedState[]): SubGraph {
  const { chunkSize, width } = model.config;
  const read: Read = (ids, before) => {
    const { stream, state } = readTokens(model, ids, unpacked(states, before));
    return [stream, ...packed(states, state)];
  };
  const { head, shapes, body, counts } =
    kind === 'decode' ? oneToken(read) : anyTokens(read, chunkSize, width);
  const whole = tracedPart(model, {
    name: kind,
    ids: shapes,
    numbers: pasts(states),
    body: (ids, before) => {
      const [stream, ...after] = body(ids, before);
      return answers(model, states, required(stream, 'the stream'), after);
    },
  });
  let loops = 0;
  const nodes = whole.nodes.map((each) =>
    each.type === 'Scan' ? asLoop(each, required(counts[loops++], 'a count')) : each,
  );
  return withHead(head, { ...whole, nodes }, Object.keys(shapes));
}

/** What a graph of one token has beside token and states. */
export interface TokenGraphExtras {
  /** Further inputs by name with their shapes. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** By layer, what runs in place of its memories' step; given the further inputs. */
  readonly hooks: (inputs: Readonly<Record<string, Tensor>>) => readonly (StepHook | undefined)[];
  /** Further outputs by name, asked for when all layers have run. */
  readonly outputs: () => Readonly<Record<string, Tensor>>;
}

/**
 * The model on the next token as `decodeGraph` gives it, with further inputs and outputs.
 *
 * @throws ConfigError as `decodeGraph`.
 */
export function tokenGraph(
  model: Model,
  states: readonly ExportedState[],
  extras: TokenGraphExtras,
): SubGraph {
  const names = Object.keys(extras.inputs);
  const graph = tracedPart(model, {
    name: 'play',
    ids: { [ONE_TOKEN.name]: ONE_TOKEN.shape },
    numbers: { ...pasts(states), ...extras.inputs },
    body: ([token], given) => {
      const further = given.slice(states.length);
      const named = names.map((name, i) => [name, required(further[i], name)] as const);
      const hooks = extras.hooks(Object.fromEntries(named));
      const before = unpacked(states, given.slice(0, states.length));
      const { stream, state } = readTokens(model, required(token, 'a token'), before, hooks);
      return { ...answers(model, states, stream, packed(states, state)), ...extras.outputs() };
    },
  });
  return withHead(oneTokenHead, graph, [ONE_TOKEN.name]);
}
