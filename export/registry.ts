import type { FilesOf } from './contract.js';

/** A form in which a trained model leaves. Adding one is its file and its line here. */
export interface ExportTarget {
  /** One line for help texts. */
  readonly title: string;
  /** Loaded when it is used: help texts need the titles only. */
  readonly load: () => Promise<FilesOf>;
}

/** Every form of an export by name. */
export const exportTargets: Readonly<Record<string, ExportTarget>> = {
  onnx: {
    title: 'graphs of a token and of a prompt, for ONNX Runtime in any language',
    load: async () => (await import('./onnx/onnx.js')).onnxFiles,
  },
  'transformers.js': {
    title: 'a folder that @huggingface/transformers loads, in Node and in a browser',
    load: async () => (await import('./transformers/transformers.js')).transformersFiles,
  },
  safetensors: {
    title: 'weights under their names in a checkpoint, with a list of them',
    load: async () => (await import('./safetensors/safetensors.js')).safetensorsFiles,
  },
  fla: {
    title: 'weights and configuration as flash-linear-attention has them, for delta rules',
    load: async () => (await import('./fla/fla.js')).flaFiles,
  },
  tfjs: {
    title: 'a tf.LayersModel of the layers of this package',
    load: async () => (await import('./tfjs/tfjs.js')).tfjsFiles,
  },
};
