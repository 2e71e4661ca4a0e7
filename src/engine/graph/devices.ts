import type { graphDevices } from '../engine.js';

/** What a device of the graph engine has of its own. */
export interface Device {
  /**
   * Where variables live between steps. ONNX Runtime's Node binding leaves results in buffers of the device, and takes
   * them back, on WebGPU alone.
   */
  readonly variables: 'host' | 'device';
  /** Whether rows that are added to the same row of a table are added in the same order every time. */
  readonly addsInOrder: boolean;
  /** Operators it does not have: in a graph for it, each would take its tensors to the processor and back. */
  readonly lacks: ReadonlySet<string>;
}

export const devices: Readonly<Record<(typeof graphDevices)[number], Device>> = {
  cpu: { variables: 'host', addsInOrder: true, lacks: new Set() },
  webgpu: { variables: 'device', addsInOrder: false, lacks: new Set(['FusedMatMul', 'LogSoftmax']) },
  cuda: { variables: 'host', addsInOrder: false, lacks: new Set() },
};
