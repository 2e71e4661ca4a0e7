import { encodeTensors, float32 } from '../../src/checkpoint/format.js';
import { type FilesOf, jsonFile } from '../contract.js';
import { sampleOf } from '../sample.js';
import { tokenizerFiles } from '../tokenizerJson.js';

/** Weights under the names of a checkpoint, with a list of them and what the model gives on a sample. */
export const safetensorsFiles: FilesOf = async ({ model, tokenizer, checkpoint }) => {
  const rows = model.weights.map(({ name, shape }) => `| \`${name}\` | [${shape.join(', ')}] |`);
  const tensors = model.weights.map(
    ({ name, shape, variable }) => [name, float32(shape, variable.dataSync<'float32'>())] as const,
  );
  const readme = `# Weights of a language model

Written by \`pavlov export --to safetensors\` from step ${checkpoint.step}. \`config.json\` is the configuration of the model,
\`sample.json\` holds ids and the logits after the last of them. What the arrays are for is told in Pavlov's
docs/architecture.md; matrices are [in, out] (\`y = x W\`), \`qkv\` has the columns of all queries, then all keys, then all
values, \`controls\` those of the rule's signals and then of the gate.

| array | shape |
|---|---|
${rows.join('\n')}
`;
  return [
    { path: 'model.safetensors', content: encodeTensors(new Map(tensors), { format: 'pt' }) },
    jsonFile('config.json', model.config),
    jsonFile('sample.json', sampleOf(model, tokenizer.vocabularySize)),
    ...tokenizerFiles(tokenizer),
    { path: 'README.md', content: readme },
  ];
};
