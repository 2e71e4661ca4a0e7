import { tf, type Tensor } from '../../src/core/tf.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Model } from '../../src/model/model.js';
import { memoriesOf, memoryTraces } from '../../src/model/traces.js';
import { type BlockTraces, headDiagnostics, type HeadDiagnostics, histogramsOf } from './headDiagnostics.js';

/** What the memories of a model look like on a few rows of validation samples. */
export interface Inspection {
  /** Values by `<quantity>/block <i>/head <h>`. */
  readonly histograms: Readonly<Record<string, Float32Array>>;
  readonly heads: readonly HeadDiagnostics[];
}

/** Looks into a model as its weights are in the engine. */
export interface Inspector {
  inspect(): Promise<Inspection>;
  dispose(): Promise<void>;
}

/** What the memories are followed through. */
export interface InspectedRows {
  /** Inputs of the model and their documents `[B,T]`, made anew at every call; without documents a row is one. */
  readonly tensors: () => readonly [inputs: Tensor] | readonly [inputs: Tensor, documents: Tensor];
  /** Tokens of the first document of each row; 0 for a row of padding. */
  readonly lengths: readonly number[];
}

/** Traces read from the engine, block by block. */
function readTraces(model: Model, found: Readonly<Record<string, Tensor>>): BlockTraces[] {
  return memoriesOf(model).map(({ layer: block, memory }) => {
    const own = Object.entries(found).filter(([name]) => name.startsWith(`${block}/`));
    const traces = own.map(([name, tensor]) => {
      const values = { shape: tensor.shape, values: tensor.dataSync<'float32'>() };
      return [name.slice(name.indexOf('/') + 1), values] as const;
    });
    const { stability } = memory.rule;
    const bound = stability ? { quantity: stability.quantity, bound: stability.bound } : null;
    return { block, bound, traces: Object.fromEntries(traces) };
  });
}

/**
 * Makes the function that looks into the memories of a model on a few rows of validation samples: a compiled function
 * of its own that reads the weights and changes nothing. A model of softmax heads alone has nothing to show.
 *
 * Units: decay is the share kept a token; write strengths are those of the rule's signals.
 */
export function createInspector(engine: Engine, model: Model, rows: InspectedRows | undefined): Inspector {
  const compiled = engine.compile(
    (...[inputs, documents]: readonly [Tensor] | readonly [Tensor, Tensor]): Record<string, Tensor> => ({
      ...memoryTraces(model, inputs, documents),
    }),
    { variables: model.variables, name: 'diagnostics' },
  );
  const hasMemory = memoriesOf(model).length > 0;
  return {
    inspect: async () => {
      if (rows === undefined || !hasMemory) return { histograms: {}, heads: [] };
      const inputs = rows.tensors();
      const found = await compiled(...inputs);
      const blocks = readTraces(model, found);
      tf.dispose({ inputs: [...inputs], ...found });
      return {
        histograms: Object.fromEntries(blocks.flatMap((traces) => histogramsOf(traces, rows.lengths))),
        heads: blocks.flatMap((traces) => headDiagnostics(traces, rows.lengths)),
      };
    },
    dispose: async () => compiled.dispose(),
  };
}
