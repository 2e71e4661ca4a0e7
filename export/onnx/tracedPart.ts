import { ConfigError } from '../../src/core/errors.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { devices } from '../../src/engine/graph/devices.js';
import { trace } from '../../src/engine/graph/trace.js';
import type { Constant, SubGraph } from '../../src/engine/graph/value.js';
import type { Model } from '../../src/model/model.js';

/** The file format holds at most 2 GiB; some of it is names and shapes. */
const MOST_WEIGHT_BYTES = 2 ** 31 - 2 ** 24;

/**
 * The weights of a model as constants of a graph that has them as inputs.
 *
 * @throws ConfigError where they do not fit into one file.
 */
function withWeights({ inputs, ...graph }: SubGraph, model: Model): SubGraph {
  const bytes = 4 * model.parameterCount;
  if (bytes > MOST_WEIGHT_BYTES) {
    throw new ConfigError(
      `export: expected weights of at most ${MOST_WEIGHT_BYTES} bytes, which an ONNX file can hold, got ${bytes}; export a smaller model`,
    );
  }
  const isInput = new Set(inputs.map(({ name }) => name));
  const used = model.weights.filter(({ name }) => isInput.has(name));
  const isWeight = new Set(used.map(({ name }) => name));
  const constants = used.map(({ name, shape, variable }): Constant => {
    return { name, shape, dtype: 'float32', data: variable.dataSync<'float32'>() };
  });
  return {
    ...graph,
    constants: [...constants, ...graph.constants],
    inputs: inputs.filter(({ name }) => !isWeight.has(name)),
  };
}

/** What of a model on tokens is traced. */
interface Part {
  readonly name: string;
  /** Inputs in the order in which `body` is given them: those of ids are int32, others float32. */
  readonly ids: Readonly<Record<string, readonly number[]>>;
  readonly numbers: Readonly<Record<string, readonly number[]>>;
  readonly body: (ids: readonly Tensor[], numbers: readonly Tensor[]) => Readonly<Record<string, Tensor>>;
}

/**
 * A part of a model as a graph that has its weights.
 *
 * @throws ConfigError for a model that reads or answers no tokens, or is too large for one file.
 */
export function tracedPart(model: Model, { name, ids, numbers, body }: Part): SubGraph {
  if (model.ends.inputs.kind !== 'tokens' || model.ends.outputs.kind !== 'classes') {
    throw new ConfigError('export: expected a model that reads and predicts tokens, got another');
  }
  const idNames = Object.keys(ids);
  const results: string[] = []; // known when the function has been traced
  const examples = tf.tidy(() => [
    ...Object.values(ids).map((shape) => tf.zeros([...shape], 'int32')),
    ...Object.values(numbers).map((shape) => tf.zeros([...shape])),
  ]);
  const traced = (...given: Tensor[]): Tensor[] => {
    const outputs = body(given.slice(0, idNames.length), given.slice(idNames.length));
    results.push(...Object.keys(outputs));
    return Object.values(outputs);
  };
  try {
    const { graph } = trace(traced, examples, model.variables, {
      name,
      device: devices.webgpu, // the operators that every provider of the runtime has
      names: {
        inputs: [...idNames, ...Object.keys(numbers)],
        variables: model.weights.map((weight) => weight.name),
        results,
      },
    });
    return withWeights(graph, model);
  } finally {
    tf.dispose(examples);
  }
}
