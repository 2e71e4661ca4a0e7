import type { Candidate } from './probe.js';

const NO_REMEDY = '';

/** What a device of the graph engine needs, for who lacks it. */
const REMEDIES: Readonly<Record<'cpu' | 'webgpu' | 'cuda', string>> = {
  cpu: 'reinstall onnxruntime-node; its binary must suit this platform',
  webgpu: 'it needs a GPU with a Vulkan, Metal or Direct3D 12 driver',
  cuda: "it needs an NVIDIA GPU, CUDA 12, cuDNN 9 and 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false'",
};

/** Every engine, device and backend that the command line can choose. */
export async function candidates(): Promise<readonly Candidate[]> {
  const { eagerBackends } = await import('../../../src/engine/eager/backends.js');
  const graph = Object.entries(REMEDIES).map(([device, remedy]) => ({
    label: `graph ${device}`,
    options: { engine: 'graph', device } as const,
    remedy,
  }));
  const eager = eagerBackends.map((backend) => ({
    label: `eager ${backend}`,
    options: { engine: 'eager', backend } as const,
    remedy: NO_REMEDY,
  }));
  return [...graph, ...eager];
}
