import { ConfigError } from '../../src/core/errors.js';
import { required } from '../../src/core/required.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { devices } from '../../src/engine/graph/devices.js';
import { ANY_SIZE } from '../../src/engine/graph/sequence.js';
import { trace } from '../../src/engine/graph/trace.js';
import {
  onnxType,
  type Constant,
  type GraphNode,
  type NodeAttributes,
  type SubGraph,
  type Value,
} from '../../src/engine/graph/value.js';
import { loopBackend } from '../../src/engine/loop.js';
import { readTokens } from '../../src/model/decode.js';
import type { Model } from '../../src/model/model.js';
import { packed, unpacked, type ExportedState } from './states.js';

/** The file format holds at most 2 GiB; some of it is names and shapes. */
const MOST_WEIGHT_BYTES = 2 ** 31 - 2 ** 24;

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

/** How a graph takes its ids, and what of it is traced. */
interface Plan {
  /** The input, and the nodes that make of it what the traced part reads. */
  readonly head: {
    readonly input: Value;
    readonly nodes: readonly GraphNode[];
    readonly constants: readonly Constant[];
  };
  /** The inputs of the traced part that hold ids. Sizes that the input leaves open are examples: nothing depends on them. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly body: (ids: readonly Tensor[], before: readonly Tensor[]) => readonly Tensor[];
  /** Names of the numbers of turns of its loops, in their order. */
  readonly counts: readonly string[];
}

/** Ids are int64 outside, as tokenizers give them, and int32 within. */
const toInt32 = (output: string): GraphNode => node('Cast', [IDS], output, { to: onnxType.int32 });

function oneToken(read: Read): Plan {
  return {
    head: { input: { name: IDS, shape: [1, 1], dtype: 'int64' }, nodes: [toInt32('token')], constants: [] },
    shapes: { token: [1, 1] },
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

/**
 * The weights of a model as constants of a graph that has them as inputs.
 *
 * @throws ConfigError where they do not fit into one file.
 */
function withWeights({ inputs, ...graph }: SubGraph, model: Model): SubGraph {
  const bytes = 4 * model.parameterCount;
  if (bytes > MOST_WEIGHT_BYTES) {
    throw new ConfigError(
      `export: expected weights of at most ${MOST_WEIGHT_BYTES} bytes, which an ONNX file can hold, got ${bytes}; export a smaller model`,
    );
  }
  const isInput = new Set(inputs.map(({ name }) => name));
  const used = model.weights.filter(({ name }) => isInput.has(name));
  const isWeight = new Set(used.map(({ name }) => name));
  const constants = used.map(({ name, shape, variable }): Constant => {
    return { name, shape, dtype: 'float32', data: variable.dataSync<'float32'>() };
  });
  return {
    ...graph,
    constants: [...constants, ...graph.constants],
    inputs: inputs.filter(({ name }) => !isWeight.has(name)),
  };
}

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
  const { inputs, outputs } = model.ends;
  if (inputs.kind !== 'tokens' || outputs.kind !== 'classes') {
    throw new ConfigError('export: expected a model that reads and predicts tokens, got another');
  }
  const { chunkSize, width } = model.config;
  const read: Read = (ids, before) => {
    const { stream, state } = readTokens(model, ids, unpacked(states, before));
    return [stream, ...packed(states, state)];
  };
  const { head, shapes, body, counts } =
    kind === 'decode' ? oneToken(read) : anyTokens(read, chunkSize, width);
  const idInputs = Object.keys(shapes);
  const examples = tf.tidy(() => [
    ...Object.values(shapes).map((shape) => tf.zeros([...shape], 'int32')),
    ...states.map(({ shape }) => tf.zeros([...shape])),
  ]);
  const { graph } = trace(
    (...given) => {
      const [stream, ...after] = body(given.slice(0, idInputs.length), given.slice(idInputs.length));
      const logits = model.readOut(model.normed(required(stream, 'the stream')));
      return [tf.expandDims(logits, 1), ...after];
    },
    examples,
    model.variables,
    {
      name: kind,
      device: devices.webgpu, // the operators that every provider of the runtime has
      names: {
        inputs: [...idInputs, ...states.map(past)],
        variables: model.weights.map(({ name }) => name),
        results: [LOGITS, ...states.map(present)],
      },
    },
  );
  tf.dispose(examples);
  const whole = withWeights(graph, model);
  let loops = 0;
  const nodes = whole.nodes.map((each) =>
    each.type === 'Scan' ? asLoop(each, required(counts[loops++], 'a count')) : each,
  );
  return {
    ...whole,
    nodes: [...head.nodes, ...nodes],
    constants: [...head.constants, ...whole.constants],
    inputs: [head.input, ...whole.inputs.filter(({ name }) => !idInputs.includes(name))],
  };
}
