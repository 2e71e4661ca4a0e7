import type { TrainedModel } from '../eval/index.js';

/** A file of an export; its path is within the folder, with `/`. */
export interface ExportFile {
  readonly path: string;
  readonly content: Uint8Array | string;
}

/** A JSON file, indented. */
export function jsonFile(path: string, value: object): ExportFile {
  return { path, content: `${JSON.stringify(value, null, 2)}\n` };
}

export interface ExportOptions {
  /** Tokens that a mixer which keeps tokens holds; others ignore it. Default 1024. */
  readonly cacheLength?: number;
}

/**
 * The files of a trained model in some form.
 *
 * @throws ConfigError for a model that has no such form, with the reason.
 */
export type FilesOf = (trained: TrainedModel, options: ExportOptions) => Promise<readonly ExportFile[]>;

/** What a program needs to know of an export beside its graphs: `pavlov.json`. */
export interface ExportFacts {
  readonly format: 'pavlov-export';
  readonly version: 1;
  readonly vocabularySize: number;
  readonly endOfText: number;
  /** States by name with their shape; all are zero before the first token. */
  readonly states: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Most tokens that may be read, prompt included, before the first are forgotten; null for no limit. */
  readonly cacheLength: number | null;
  readonly model: unknown;
  readonly tokenizer: unknown;
}
