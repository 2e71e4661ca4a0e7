import { ANY_SIZE } from '../../src/engine/graph/sequence.js';
import type { GraphNode, SubGraph, Value } from '../../src/engine/graph/value.js';
import { encodeModel } from '../../src/engine/graph/onnx/encodeModel.js';
import { type FilesOf, jsonFile } from '../contract.js';
import { decodeGraph } from '../onnx/decodeGraphs.js';
import { CACHE_LENGTH, exportedStates } from '../onnx/states.js';
import { END_OF_TEXT, tokenizerJson } from '../tokenizerJson.js';

/**
 * A type of model that transformers.js generates text with and keeps `past_conv.i` and `past_recurrent.i` for. What the
 * graph computes is not looked at.
 */
const MODEL_TYPE = { model_type: 'qwen3_next', architectures: ['Qwen3NextForCausalLM'] };

/**
 * The graph with an output from which transformers.js reads how many tokens there were. Its cache looks for that in
 * the keys of an attention layer, `present.*` with the length on the axis before the last, and fails where there are none.
 */
function withLength(graph: SubGraph): SubGraph {
  const mask: Value = {
    name: 'attention_mask',
    shape: [1, ANY_SIZE],
    dtype: 'int64',
    openSizes: ['total_sequence_length'],
  };
  const length: Value = { ...mask, name: 'present.length', shape: [1, ANY_SIZE, 1] };
  const node: GraphNode = {
    type: 'Unsqueeze',
    domain: '',
    inputs: [mask.name, 'last_axis'],
    outputs: [length.name],
    attributes: {},
    flops: 0,
  };
  return {
    nodes: [...graph.nodes, node],
    constants: [
      ...graph.constants,
      { name: 'last_axis', shape: [1], dtype: 'int64', data: BigInt64Array.of(2n) },
    ],
    inputs: [...graph.inputs, mask],
    outputs: [...graph.outputs, length],
  };
}

const README = `# A language model for transformers.js

Written by \`pavlov export --to transformers.js\`; tried with \`@huggingface/transformers\` 4.3.1.

\`\`\`js
import { env, pipeline } from '@huggingface/transformers';

env.allowRemoteModels = false;
env.allowLocalModels = true; // a browser asks for it
env.localModelPath = '/path/to/the/folder/above/this/one/'; // in a browser: its address
const generate = await pipeline('text-generation', 'name-of-this-folder', { dtype: 'fp32' });
const [{ generated_text }] = await generate('Once upon a time', { max_new_tokens: 200, do_sample: false });
console.log(generated_text);
\`\`\`

The configuration calls the model \`qwen3_next\`, since transformers.js generates with types it knows; what the graph
computes is Pavlov's model. One text at a time: the batch size is 1.
`;

/** The folder that transformers.js loads as it is. */
export const transformersFiles: FilesOf = async ({ model, tokenizer }, { cacheLength = CACHE_LENGTH }) => {
  const { width, layers, heads, keySize } = model.config;
  const { endOfText, vocabularySize } = tokenizer;
  const states = exportedStates(model, 'together', cacheLength);
  const graph = withLength(decodeGraph(model, 'prefill', states));
  const ids = { bos_token_id: endOfText, eos_token_id: endOfText, pad_token_id: endOfText };
  const config = {
    ...MODEL_TYPE,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    head_dim: keySize,
    layer_types: Array<string>(layers).fill('linear_attention'),
    vocab_size: vocabularySize,
    ...ids,
    'transformers.js_config': { dtype: 'fp32' },
  };
  const tokenizerConfig = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: END_OF_TEXT,
    eos_token: END_OF_TEXT,
    pad_token: END_OF_TEXT,
    clean_up_tokenization_spaces: false,
  };
  return [
    jsonFile('config.json', config),
    jsonFile('generation_config.json', ids),
    jsonFile('tokenizer.json', tokenizerJson(tokenizer)),
    jsonFile('tokenizer_config.json', tokenizerConfig),
    { path: 'onnx/model.onnx', content: encodeModel(graph, 'model') },
    { path: 'README.md', content: README },
  ];
};
