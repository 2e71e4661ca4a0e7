import type { Runtime } from '../../web/index.js';

/** onnxruntime-web, a copy of which `pavlov play --out` puts here. */
export declare const Tensor: Runtime['Tensor'];
export declare const InferenceSession: Runtime['InferenceSession'];
export declare const env: { readonly wasm: { numThreads: number } };
