import { ConfigError } from '../../src/core/errors.js';
import type { PartialConfig } from './schema.js';

export interface Preset {
  readonly title: string;
  readonly config: PartialConfig;
}

const smoke: Preset = {
  title: 'a quick look at everything: under a minute, no network',
  config: {
    model: { width: 64, layers: 2, heads: 2, mlpWidth: 192 },
    tokenizer: { vocabularySize: 512 },
    train: {
      sequenceLength: 64,
      steps: 200,
      evalEvery: 100,
      evalStories: 50,
      saveEvery: 100,
      sampleEvery: 100,
      diagnosticsEvery: 100,
    },
    sample: { maxTokens: 100 },
    optimizer: { learningRate: 0.02 },
  },
};

const start: Preset = {
  title: 'a first run: learns to use its memory in under a minute, no network',
  config: {
    // One layer without decay learns within these steps to write down and look up; two layers, or a decay, do not.
    model: { width: 64, layers: 1, heads: 4, mlpWidth: 192, gate: 'none' },
    tokenizer: { vocabularySize: 512 },
    train: {
      batchSize: 8,
      sequenceLength: 128,
      steps: 400,
      evalEvery: 20,
      evalStories: 50,
      saveEvery: 200,
      saveBest: false,
      sampleEvery: null,
      diagnosticsEvery: 200,
    },
    sample: { maxTokens: 80, prompt: 'Lily had a red kite.' },
    optimizer: { learningRate: 0.02 },
  },
};

const tiny: Preset = {
  title: 'the reference model: 1.65 M parameters, minutes on two cores',
  config: {},
};

const small: Preset = {
  title: 'about 9 M parameters, hours on CPU, minutes on GPU',
  config: {
    model: { width: 256, layers: 8, heads: 8, mlpWidth: 768 },
    tokenizer: { vocabularySize: 8192 },
    train: {
      batchSize: 32,
      sequenceLength: 512,
      steps: 10_000,
      evalEvery: 500,
      saveEvery: 500,
      sampleEvery: 500,
      diagnosticsEvery: 500,
    },
    optimizer: { learningRate: 0.01 },
  },
};

const base: Preset = {
  title: 'about 40 M parameters, for a GPU',
  config: {
    model: { width: 512, layers: 10, heads: 8, keySize: 64, valueSize: 64, mlpWidth: 1536, chunkSize: 64 },
    tokenizer: { vocabularySize: 10_000 },
    train: {
      batchSize: 64,
      sequenceLength: 512,
      steps: 30_000,
      evalEvery: 1000,
      saveEvery: 1000,
      sampleEvery: 1000,
      diagnosticsEvery: 1000,
    },
    optimizer: { learningRate: 5e-3 },
  },
};

/** Every preset of this project by name. A new one is its object and its name here. */
const own = { start, smoke, tiny, small, base };

/** The name of a preset of this project. */
export type PresetName = keyof typeof own;

const table: Record<string, Preset> = { ...own };

/** All presets by name, each over the defaults: those of this project, and those registered since the process began. */
export const presets: Readonly<Record<string, Preset>> = table;

/**
 * Makes a preset known by its name, for as long as the process lives. The same object again changes nothing.
 *
 * @throws ConfigError when the name belongs to another preset.
 */
export function registerPreset(name: string, preset: Preset): void {
  if (Object.hasOwn(table, name) && table[name] !== preset) {
    throw new ConfigError(`preset '${name}' is already registered; choose another name`);
  }
  table[name] = preset;
}

/** The preset of a run that names none. */
export const DEFAULT_PRESET = 'tiny';
