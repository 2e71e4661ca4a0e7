import type { Tokenizer } from '../../data/index.js';
import { ConfigError } from '../../src/core/errors.js';
import { required } from '../../src/core/required.js';
import { encodeModel } from '../../src/engine/graph/onnx/encodeModel.js';
import type { SubGraph } from '../../src/engine/graph/value.js';
import type { Model } from '../../src/model/model.js';
import { memoriesOf } from '../../src/model/traces.js';
import type { MemoryGraphFacts, PlayFolder, PlayLayer, PlayRun } from '../../web/playContract.js';
import { type ExportFile, jsonFile } from '../contract.js';
import { fieldShapes, memoryGraph, tokenShapes } from '../onnx/memoryGraph.js';
import { playGraph } from '../onnx/playGraph.js';
import { CACHE_LENGTH, type ExportedState, exportedStates } from '../onnx/states.js';

/** A trained model that is played with. */
export interface PlaySource {
  /** Of its folder. */
  readonly name: string;
  /** Training step. */
  readonly step: number;
  readonly model: Model;
  readonly tokenizer: Tokenizer;
}

function layersOf(model: Model, { outputs }: SubGraph): PlayLayer[] {
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

/** Tokens that a graph of memories leaves out at once: more need fewer runs, and more numbers in each. */
const ROWS = 32;

interface MemoryFile {
  readonly facts: MemoryGraphFacts;
  readonly content: Uint8Array;
}

/** The graph of each layer's memories alone; layers of the same memories share a file. */
function memoryGraphs(model: Model, { outputs }: SubGraph, states: readonly ExportedState[]): MemoryFile[] {
  const files: { readonly file: string; readonly content: Uint8Array }[] = [];
  return memoriesOf(model).map(({ layer, memory }) => {
    const decay = outputs.find(({ name }) => name === `log_decay.${layer}`)?.shape;
    const tokens = tokenShapes(memory, decay);
    const content = encodeModel(memoryGraph(memory, tokens, ROWS), 'memory');
    const known = files.find((one) => Buffer.from(one.content).equals(content));
    const own = known ?? { file: `memory.${layer}.onnx`, content };
    if (!known) files.push(own);
    const fields = Object.entries(fieldShapes(memory)).map(([name, shape]) => {
      const state = states.find((one) =>
        one.fields.some((field) => field.name === `layers.${layer}.rule.${name}`),
      );
      return { name, shape, state: required(state, name).name };
    });
    return { facts: { file: own.file, rows: ROWS, tokens, fields }, content: own.content };
  });
}

function runFiles({ name, step, model, tokenizer }: PlaySource): {
  readonly run: PlayRun;
  readonly files: ExportFile[];
} {
  const states = exportedStates(model, 'apart', CACHE_LENGTH);
  const graph = playGraph(model, states);
  const graphs = memoryGraphs(model, graph, states);
  const run: PlayRun = {
    name,
    rule: model.config.rule,
    gate: model.config.gate,
    layers: layersOf(model, graph),
    parameters: model.parameterCount,
    step,
    states: states.map(({ name: state, shape }) => ({ name: state, shape })),
    cacheLength: model.layers.some(({ mixer }) => mixer.keepsTokens) ? CACHE_LENGTH : null,
    tokenizer: tokenizer.toJSON(),
    memories: graphs.map(({ facts }) => facts),
  };
  const memories = new Map(graphs.map(({ facts: { file }, content }) => [`runs/${name}/${file}`, content]));
  return {
    run,
    files: [
      { path: `runs/${name}/play.onnx`, content: encodeModel(graph, 'play') },
      ...Array.from(memories, ([path, content]) => ({ path, content })),
    ],
  };
}

/**
 * The files of a play folder but for its page: `play.json`, and a folder with graphs for each run.
 *
 * @throws ConfigError for runs of one name, or models that cannot be exported.
 */
export function playFiles(
  sources: readonly PlaySource[],
  runtime: PlayFolder['runtime'],
): readonly ExportFile[] {
  const names = sources.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new ConfigError(`play: expected runs of different names, got '${twice}' twice; rename a folder`);
  }
  const all = sources.map(runFiles);
  const folder: PlayFolder = { format: 'pavlov-play', version: 1, runtime, runs: all.map(({ run }) => run) };
  return [jsonFile('play.json', folder), ...all.flatMap(({ files }) => files)];
}
