import { type SubGraph } from '../value.js';
/** The ONNX file of a graph. */
export declare function encodeModel(graph: SubGraph, name: string): Uint8Array;
