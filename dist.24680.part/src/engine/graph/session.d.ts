import { InferenceSession } from './onnxRuntime.js';
import type { EngineOptions } from '../engine.js';
import type { SubGraph } from './value.js';
export interface SessionOptions extends Pick<EngineOptions, 'threads' | 'profile'> {
    readonly device: string;
    readonly name: string;
    /** Outputs that stay on the device. */
    readonly outputLocations?: Readonly<Record<string, 'gpu-buffer'>>;
}
/**
 * A graph made ready to run.
 *
 * @throws EngineError when ONNX Runtime refuses the graph or the device.
 */
export declare function createSession(graph: SubGraph, options: SessionOptions): Promise<InferenceSession>;
