import type { graphDevices } from '../engine.js';

/**
 * Most numbers of a tensor that is made in slabs of rows and not kept: 512 rows of logits of a vocabulary of 4096 are
 * 8 MB, which stay in the cache.
 */
export const SLAB = 2 ** 21;

/** What a device of the graph engine has of its own. */
export interface Device {
  /**
   * Where variables live between steps. ONNX Runtime's Node binding leaves results in buffers of the device, and takes
   * them back, on WebGPU alone.
   */
  readonly variables: 'host' | 'device';
  /** Calls that one run makes where they can be made together: what moves variables to and fro is paid once a run. */
  readonly callsTogether: number;
  /** Whether rows that are added to the same row of a table are added in the same order every time. */
  readonly addsInOrder: boolean;
  /** Results that one operator may have: WebGPU guarantees 8 buffers a shader, and one holds what it reads. */
  readonly mostResults: number;
  /** Whether it transposes in one thread: a product with the identity takes a quarter to half of the time. */
  readonly slowTranspose: boolean;
  /** Operators it does not have: in a graph for it, each would take its tensors to the processor and back. */
  readonly lacks: ReadonlySet<string>;
}

export const devices: Readonly<Record<(typeof graphDevices)[number], Device>> = {
  cpu: {
    variables: 'host',
    callsTogether: 1,
    addsInOrder: true,
    mostResults: Infinity,
    slowTranspose: true,
    lacks: new Set(),
  },
  webgpu: {
    variables: 'device',
    callsTogether: 1,
    addsInOrder: false,
    mostResults: 7,
    slowTranspose: false,
    lacks: new Set(['FusedMatMul', 'LogSoftmax']),
  },
  cuda: {
    variables: 'host',
    callsTogether: 16,
    addsInOrder: false,
    mostResults: Infinity,
    slowTranspose: false,
    lacks: new Set(),
  },
};
