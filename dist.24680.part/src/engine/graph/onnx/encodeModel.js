import { onnxType } from '../value.js';
import { modelType } from './schema.js';
/** ONNX's numbers for attribute kinds (AttributeProto.AttributeType). */
const KIND = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };
function encodeAttribute(name, value) {
    if (typeof value === 'string')
        return { name, type: KIND.string, s: Buffer.from(value) };
    if (typeof value === 'boolean')
        return { name, type: KIND.int, i: value ? 1 : 0 };
    if (typeof value === 'number') {
        return Number.isInteger(value)
            ? { name, type: KIND.int, i: value }
            : { name, type: KIND.float, f: value };
    }
    if ('f' in value)
        return { name, type: KIND.float, f: value.f };
    if ('graph' in value)
        return { name, type: KIND.graph, g: encodeGraph(value.graph, name) };
    return { name, type: KIND.ints, ints: value };
}
function encodeValueInfo({ name, shape, dtype }) {
    const dims = { dim: shape.map((dimValue) => ({ dimValue })) };
    return { name, type: { tensorType: { elemType: onnxType[dtype], shape: dims } } };
}
function encodeGraph(graph, name) {
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
function bytesOf(data) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
/** The operator sets a model uses; 21 is the newest all of ONNX Runtime's providers share the ops of. */
const operatorSets = [
    { domain: '', version: 21 },
    { domain: 'com.microsoft', version: 1 },
];
/** The ONNX file of a graph. */
export function encodeModel(graph, name) {
    const model = {
        irVersion: 10,
        producerName: 'pavlov',
        opsetImport: operatorSets,
        graph: encodeGraph(graph, name),
    };
    return modelType.encode(modelType.fromObject(model)).finish();
}
