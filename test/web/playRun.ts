import { bytes } from '../../data/text/tokenizer/bytes.js';
import { playFiles, type PlaySource } from '../../export/index.js';
import * as runtime from '../../src/engine/graph/onnxRuntime.js';
import type { MixerSettings } from '../../src/mixers/contract.js';
import { PlayModel, type ReadFile } from '../../web/index.js';
import { smallModel } from '../export/onnx/greedy.js';

/** Gives the files of a play folder of these runs. */
export function readerOf(runs: readonly PlaySource[]): ReadFile {
  const files = new Map(playFiles(runs, 'onnxruntime-web').map(({ path, content }) => [path, content]));
  return async (name) => {
    const content = files.get(name);
    if (content === undefined) throw new Error(`no file '${name}'`);
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
}

export type Settings = Parameters<typeof smallModel>[0] & Partial<Pick<MixerSettings, 'heads'>>;

/** A model of two layers and two heads with random weights, for token ids below 39. */
export function playSource(options: Settings, name: string = options.rule): PlaySource {
  const tokenizer = bytes.fromJSON({ name: 'bytes', version: 1 });
  return { name, step: 7, model: smallModel(options), tokenizer };
}

/** The same model as it is and as a page has it. */
export async function playRun(options: Settings) {
  const source = playSource(options);
  return { model: source.model, play: await PlayModel.load(runtime, readerOf([source])) };
}
