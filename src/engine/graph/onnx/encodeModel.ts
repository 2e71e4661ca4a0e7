import { onnxType, type NodeAttribute, type SubGraph, type TypedArray, type Value } from '../value.js';
import { ANY_SIZE } from '../sequence.js';
import { modelType } from './schema.js';

/** ONNX's numbers for attribute kinds (AttributeProto.AttributeType). */
const KIND = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;

function encodeAttribute(name: string, value: NodeAttribute): object {
  if (typeof value === 'string') return { name, type: KIND.string, s: Buffer.from(value) };
  if (typeof value === 'boolean') return { name, type: KIND.int, i: value ? 1 : 0 };
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? { name, type: KIND.int, i: value }
      : { name, type: KIND.float, f: value };
  }
  if ('f' in value) return { name, type: KIND.float, f: value.f };
  if ('graph' in value) return { name, type: KIND.graph, g: encodeGraph(value.graph, name) };
  return { name, type: KIND.ints, ints: value };
}

function encodeValueInfo({ name, shape, dtype, openSizes = [] }: Value): object {
  let open = 0;
  const dim = shape.map((size) =>
    size === ANY_SIZE ? { dimParam: openSizes[open++] ?? 'any' } : { dimValue: size },
  );
  const dims = { dim };
  return { name, type: { tensorType: { elemType: onnxType[dtype], shape: dims } } };
}

function encodeGraph(graph: SubGraph, name: string): object {
  return {
    name,
    node: graph.nodes.map((node) => ({
      input: node.inputs,
      output: node.outputs,
      name: node.outputs[0],
      opType: node.type,
      domain: node.domain,
      attribute: Object.entries(node.attributes).map(([key, value]) => encodeAttribute(key, value)),
    })),
    initializer: graph.constants.map((constant) => ({
      name: constant.name,
      dims: constant.shape,
      dataType: onnxType[constant.dtype],
      rawData: bytesOf(constant.data),
    })),
    input: graph.inputs.map(encodeValueInfo),
    output: graph.outputs.map(encodeValueInfo),
  };
}

/** The bytes of an array, without a copy. */
function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The operator set that a model uses: the newest of whose ops all of ONNX Runtime's providers have kernels. */
const OPERATOR_SET = 21;

/** Ops that it lacks, with the first set that has them. */
const newerOps: ReadonlyMap<string, number> = new Map([['RMSNormalization', 23]]);

/** The standard's operator set that a graph needs. */
export function operatorSet({ nodes }: SubGraph): number {
  const needed = nodes.map(({ type, attributes }) => {
    const inner = Object.values(attributes).map((value) =>
      typeof value === 'object' && 'graph' in value ? operatorSet(value.graph) : OPERATOR_SET,
    );
    return Math.max(newerOps.get(type) ?? OPERATOR_SET, ...inner);
  });
  return Math.max(OPERATOR_SET, ...needed);
}

/** The ONNX file of a graph. */
export function encodeModel(graph: SubGraph, name: string): Uint8Array {
  const model = {
    irVersion: 10,
    producerName: 'pavlov',
    opsetImport: [
      { domain: '', version: operatorSet(graph) },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: encodeGraph(graph, name),
  };
  return modelType.encode(modelType.fromObject(model)).finish();
}
