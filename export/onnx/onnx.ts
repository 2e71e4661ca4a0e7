import { encodeModel, operatorSet } from '../../src/engine/graph/onnx/encodeModel.js';
import { type ExportFacts, type FilesOf, jsonFile } from '../contract.js';
import { tokenizerFiles } from '../tokenizerJson.js';
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
    ...tokenizerFiles(tokenizer),
    jsonFile('pavlov.json', facts),
    { path: 'README.md', content: onnxReadme(facts, Math.max(...graphs.map(({ opset }) => opset))) },
  ];
};
