import { encodeModel, operatorSet } from '../../src/engine/graph/onnx/encodeModel.js';
import type { ExportFacts, FilesOf } from '../contract.js';
import { hasTokenizerJson, tokenizerJson } from '../tokenizerJson.js';
import { decodeGraph } from './decodeGraphs.js';
import { onnxReadme } from './readme.js';
import { CACHE_LENGTH, exportedStates } from './states.js';

/** Graphs for any program with ONNX Runtime, and how to run them. */
export const onnxFiles: FilesOf = async ({ model, tokenizer }, { cacheLength = CACHE_LENGTH }) => {
  const states = exportedStates(model, 'apart', cacheLength);
  const graphs = (['decode', 'prefill'] as const).map((kind) => {
    const graph = decodeGraph(model, kind, states);
    return { path: `${kind}.onnx`, opset: operatorSet(graph), content: encodeModel(graph, kind) };
  });
  const keepsTokens = model.layers.some(({ mixer }) => mixer.keepsTokens);
  const facts: ExportFacts = {
    format: 'pavlov-export',
    version: 1,
    vocabularySize: tokenizer.vocabularySize,
    endOfText: tokenizer.endOfText,
    states: states.map(({ name, shape }) => ({ name, shape })),
    cacheLength: keepsTokens ? cacheLength : null,
    model: model.config,
    tokenizer: tokenizer.toJSON(),
  };
  return [
    ...graphs.map(({ path, content }) => ({ path, content })),
    ...(hasTokenizerJson(tokenizer)
      ? [{ path: 'tokenizer.json', content: `${JSON.stringify(tokenizerJson(tokenizer))}\n` }]
      : []),
    { path: 'pavlov.json', content: `${JSON.stringify(facts, null, 2)}\n` },
    { path: 'README.md', content: onnxReadme(facts, Math.max(...graphs.map(({ opset }) => opset))) },
  ];
};
