import { encodeTensors } from '../../src/checkpoint/format.js';
import { required } from '../../src/core/required.js';
import type { Model } from '../../src/model/model.js';
import { type FilesOf, jsonFile } from '../contract.js';
import { sampleOf } from '../sample.js';
import { tokenizerFiles } from '../tokenizerJson.js';
import type { Matrix } from './layout.js';
import { type FlaSizes, flaConfigOf } from './mapping.js';
import { toFla } from './tensors.js';

/** The weights of a model by name. */
function weightsOf(model: Model): (name: string) => Matrix {
  const byName = new Map(model.weights.map((weight) => [weight.name, weight]));
  return (name) => {
    const { shape, variable } = required(byName.get(name), name);
    return { shape, data: variable.dataSync<'float32'>() };
  };
}

function readme({ type, streamScale }: FlaSizes): string {
  return `# A language model in the layout of flash-linear-attention

Written by \`pavlov export --to fla\`: a \`${type}\` of https://github.com/fla-org/flash-linear-attention.

| file | content |
|---|---|
| \`config.json\`, \`model.safetensors\` | configuration and weights, for \`AutoModelForCausalLM.from_pretrained\` after \`import fla\` |
| \`tokenizer.json\` | the tokenizer; a text begins after its end-of-text token |
| \`sample.json\` | ids, and the logits after the last of them: what the layout must give to 1e-4 |
| \`pavlov.json\` | what \`pavlov import --from fla\` needs beside these |

The stream between the layers is the model's times ${streamScale}, and so is the square root of \`norm_eps\`: this library
divides queries by sqrt(head size) for every rule and has one epsilon for all norms. The embeddings are \`lm_head\` times
sqrt(hidden_size) and that factor. Gains of the read-outs are in \`o_proj\`.
`;
}

/** Weights and configuration as flash-linear-attention has them, for the rules, gates and options it has. */
export const flaFiles: FilesOf = async ({ model, tokenizer, checkpoint }) => {
  const { config, sizes } = flaConfigOf(model, tokenizer.endOfText);
  const { step, config: run, tokenizer: saved } = checkpoint;
  return [
    jsonFile('config.json', config),
    {
      path: 'model.safetensors',
      content: encodeTensors(toFla(weightsOf(model), sizes), { format: 'pt' }),
    },
    ...tokenizerFiles(tokenizer),
    jsonFile('sample.json', sampleOf(model, tokenizer.vocabularySize)),
    jsonFile('pavlov.json', {
      format: 'pavlov-export',
      version: 1,
      step,
      config: run,
      model: model.config,
      tokenizer: saved,
    }),
    { path: 'README.md', content: readme(sizes) },
  ];
};
