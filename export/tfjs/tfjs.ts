import { required } from '../../src/core/required.js';
import { tf } from '../../src/core/tf.js';
import { type FilesOf, jsonFile } from '../contract.js';
import { sampleOf } from '../sample.js';

const WEIGHTS = 'weights.bin';

const README = `# A language model for TensorFlow.js

Written by \`pavlov export --to tfjs\`: a \`tf.LayersModel\`, ids [batch, time] to logits [batch, time, vocabulary]. Its layers
are Pavlov's, and are known to TensorFlow.js once \`pavlov-lm\` is imported:

\`\`\`js
import { readFile } from 'node:fs/promises';
import { tf } from 'pavlov-lm'; // registers the layers

const { modelTopology, weightsManifest } = JSON.parse(await readFile('model.json', 'utf8'));
const weightData = new Uint8Array(await readFile('${WEIGHTS}')).buffer;
const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
model.predict(tf.tensor2d([[256, 79, 110, 99, 101]], [1, 5], 'int32')).print();
\`\`\`

In a browser \`tf.loadLayersModel(address of model.json)\` does the reading. \`sample.json\` holds ids and the logits after the
last of them. Every call reads a whole text: for generation in constant time per token, export to \`onnx\`.
`;

/** The model as TensorFlow.js saves its own. */
export const tfjsFiles: FilesOf = async ({ model, tokenizer }) => {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.layersModel.save({
    save: async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    },
  });
  const { modelTopology, weightSpecs, weightData } = required(saved, 'what tfjs saves');
  const buffers = [weightData ?? []].flat();
  // A layer that is built as its model is loaded has its name before the names of its weights.
  const names = model.layersModel.layers.flatMap(({ name, weights }) =>
    weights.map(({ originalName }) => `${name}/${originalName}`),
  );
  const weights = (weightSpecs ?? []).map((spec, i) => ({ ...spec, name: required(names[i], 'a name') }));
  const document = {
    format: 'layers-model',
    generatedBy: 'pavlov-lm',
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: [WEIGHTS], weights }],
  };
  return [
    { path: 'model.json', content: `${JSON.stringify(document)}\n` },
    { path: WEIGHTS, content: Buffer.concat(buffers.map((buffer) => new Uint8Array(buffer))) },
    jsonFile('sample.json', sampleOf(model, tokenizer.vocabularySize)),
    { path: 'README.md', content: README },
  ];
};
