import { basename } from 'node:path';
import type { TrainedModel } from '../../eval/index.js';
import { ConfigError } from '../../src/core/errors.js';
import { encodeModel } from '../../src/engine/graph/onnx/encodeModel.js';
import type { SubGraph } from '../../src/engine/graph/value.js';
import { memoriesOf } from '../../src/model/traces.js';
import type { PlayFolder, PlayLayer, PlayRun } from '../../web/playContract.js';
import { type ExportFile, jsonFile } from '../contract.js';
import { playGraph } from '../onnx/playGraph.js';
import { CACHE_LENGTH, exportedStates } from '../onnx/states.js';

function layersOf({ model }: TrainedModel, { outputs }: SubGraph): PlayLayer[] {
  return memoriesOf(model).map(({ layer, memory: { H, M, K, V, rule, ...memory } }) => ({
    layer,
    heads: H,
    memories: M,
    keySize: K,
    valueSize: V,
    writes: memory.writes,
    rule: rule.name,
    gate: model.config.gate,
    signals: Object.keys(rule.signals),
    hasDecay: outputs.some(({ name }) => name === `log_decay.${layer}`),
  }));
}

async function runFiles(name: string, trained: TrainedModel): Promise<{ run: PlayRun; files: ExportFile[] }> {
  const { model, tokenizer, checkpoint } = trained;
  const states = exportedStates(model, 'apart', CACHE_LENGTH);
  const graph = playGraph(model, states);
  const run: PlayRun = {
    name,
    rule: model.config.rule,
    gate: model.config.gate,
    layers: layersOf(trained, graph),
    parameters: model.parameterCount,
    step: checkpoint.step,
    states: states.map(({ name: state, shape }) => ({ name: state, shape })),
    cacheLength: model.layers.some(({ mixer }) => mixer.keepsTokens) ? CACHE_LENGTH : null,
    tokenizer: tokenizer.toJSON(),
    memoryGraphs: [],
    rows: 32,
  };
  return { run, files: [{ path: `${name}/play.onnx`, content: encodeModel(graph, 'play') }] };
}

/**
 * The files of a play folder but for its page: `play.json`, and a folder with graphs for each run.
 *
 * @throws ConfigError for runs of one name, or models that cannot be exported.
 */
export async function playFiles(runs: readonly TrainedModel[]): Promise<readonly ExportFile[]> {
  const names = runs.map(({ checkpoint }) => basename(checkpoint.run));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new ConfigError(`play: expected runs of different names, got '${twice}' twice; rename a folder`);
  }
  const all: { run: PlayRun; files: ExportFile[] }[] = [];
  for (const [i, trained] of runs.entries()) all.push(await runFiles(names[i] ?? '', trained));
  const folder: PlayFolder = { format: 'pavlov-play', version: 1, runs: all.map(({ run }) => run) };
  return [jsonFile('play.json', folder), ...all.flatMap(({ files }) => files)];
}
