import type { BatchShape, TokenSet, ValidationBatch } from '../../data/index.js';
import { validationBatches } from '../../data/index.js';
import { tf, type Tensor, type Tensor2D } from '../../src/core/tf.js';
import type { Engine } from '../../src/engine/engine.js';
import type { LanguageModel } from '../../src/model/languageModel.js';
import { memoryTraces } from '../../src/model/memoryTraces.js';
import { type BlockTraces, headDiagnostics, type HeadDiagnostics } from './headDiagnostics.js';
import { histogramsOf } from './histograms.js';
import { batchTensors } from '../step.js';

/** What the memories of a model look like on a few rows of validation text. */
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

/** Rows of text that all is taken from. */
const ROWS = 4;

/** Tokens of the first document of each row; 0 for a row of padding. */
function firstLengths({ batchSize, sequenceLength, documents, stories }: ValidationBatch): number[] {
  return Array.from({ length: batchSize }, (_, row) => {
    const own = documents.subarray(row * sequenceLength, (row + 1) * sequenceLength);
    if (stories[row * sequenceLength] === -1) return 0;
    const end = own.findIndex((document) => document !== own[0]);
    return end === -1 ? sequenceLength : end;
  });
}

/** Traces read from the engine, block by block. */
function readTraces(model: LanguageModel, found: Readonly<Record<string, Tensor>>): BlockTraces[] {
  return model.layers.flatMap(({ plan: { mixer } }, block) => {
    if (mixer.kind === 'softmax') return [];
    const own = Object.entries(found).filter(([name]) => name.startsWith(`${block}/`));
    const traces = own.map(([name, tensor]) => {
      const values = { shape: tensor.shape, values: tensor.dataSync<'float32'>() };
      return [name.slice(name.indexOf('/') + 1), values] as const;
    });
    const { stability } = mixer.plan.rule;
    const bound = stability ? { quantity: stability.quantity, bound: stability.bound } : null;
    return [{ block, bound, traces: Object.fromEntries(traces) }];
  });
}

/**
 * Makes the function that looks into the memories of a model on a few rows of validation text: a compiled function
 * of its own that reads the weights and changes nothing. A model of softmax heads alone has nothing to show.
 *
 * Units: decay is the share kept a token; write strengths are those of the rule's signals.
 */
export function createInspector(
  engine: Engine,
  model: LanguageModel,
  set: TokenSet,
  { sequenceLength }: BatchShape,
): Inspector {
  const compiled = engine.compile(
    (...[ids, documents]: readonly [Tensor2D, Tensor2D]): Record<string, Tensor> => ({
      ...memoryTraces(model, ids, documents),
    }),
    { variables: model.variables, name: 'diagnostics' },
  );
  const [batch] = validationBatches(set, { batchSize: ROWS, sequenceLength });
  const hasMemory = model.layers.some(({ plan }) => plan.mixer.kind === 'conditioning');
  return {
    inspect: async () => {
      if (batch === undefined || !hasMemory) return { histograms: {}, heads: [] };
      const [ids, targets, weights, documents] = batchTensors(batch);
      const found = await compiled(ids, documents);
      const blocks = readTraces(model, found);
      const lengths = firstLengths(batch);
      tf.dispose([ids, targets, weights, documents, ...Object.values(found)]);
      return {
        histograms: Object.fromEntries(blocks.flatMap((traces) => histogramsOf(traces, lengths))),
        heads: blocks.flatMap((traces) => headDiagnostics(traces, lengths)),
      };
    },
    dispose: async () => compiled.dispose(),
  };
}
