import { join } from 'node:path';
import { z } from 'zod';
import { diskFault } from '../../src/checkpoint/diskFault.js';
import { decodeTensors, float32, type StoredTensors } from '../../src/checkpoint/format.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { saveCheckpoint } from '../../src/checkpoint/store.js';
import { exists } from '../../src/checkpoint/storeFiles.js';
import { CheckpointError, ConfigError } from '../../src/core/errors.js';
import type { ModelConfig } from '../../src/model/config.js';
import { Model } from '../../src/model/model.js';
import { logitsAfter } from '../sample.js';
import { checkConfig } from '../../train/config/resolveConfig.js';
import type { Matrix } from './layout.js';
import { flaConfigOf } from './mapping.js';
import { fromFla } from './tensors.js';
import { readWhole } from '../../src/core/wholeFile.js';

const object = z.record(z.string(), z.unknown());
const facts = z.object({
  format: z.literal('pavlov-export'),
  version: z.literal(1),
  step: z.int().min(0),
  config: object,
  model: object,
  tokenizer: object.and(z.object({ name: z.string() })),
});
const sample = z.object({ ids: z.array(z.int().min(0)).min(1), logits: z.array(z.number()).min(1) });

/** Most by which a logit of the sample may differ. */
const TOLERANCE = 1e-4;

/** Of what an export says of a model, its tokenizer included. */
const MOST_JSON_BYTES = 256e6;

async function readJson<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T> {
  const path = join(folder, name);
  const text = await readWhole(path, MOST_JSON_BYTES).catch((error: unknown) => {
    throw diskFault(`import ${folder}`, `read ${name}, which an export has`, error);
  });
  try {
    return schema.parse(JSON.parse(text.toString('utf8')));
  } catch (cause) {
    throw new CheckpointError(
      `${path}: expected what 'pavlov export --to fla' writes, got something else; export anew`,
      { cause },
    );
  }
}

/** The float32 tensors of a file by name. */
function lookUpIn(tensors: StoredTensors, where: string): (name: string) => Matrix {
  return (name) => {
    const tensor = tensors.get(name);
    if (tensor?.dtype === 'F32') return tensor;
    throw new CheckpointError(
      `${where}: expected a tensor '${name}' of F32, got ${tensor ? tensor.dtype : 'none'}; it is of another model`,
    );
  };
}

/** @throws CheckpointError where the model gives other logits on the sample than were written with it. */
function checkSample(model: Model, { ids, logits }: z.infer<typeof sample>, folder: string): number {
  const got = logitsAfter(model, ids);
  const worst = logits.reduce((most, x, i) => Math.max(most, Math.abs(x - (got[i] ?? NaN))), 0);
  if (got.length === logits.length && worst <= TOLERANCE) return worst;
  throw new CheckpointError(
    `${join(folder, 'sample.json')}: expected logits that differ by at most ${TOLERANCE}, got ${worst}; the weights are not those of the export, or damaged`,
  );
}

export interface Imported {
  /** The checkpoint. */
  readonly path: string;
  /** Most by which a logit of the sample differed. */
  readonly difference: number;
}

/**
 * Writes a run folder with one checkpoint from a folder that `pavlov export --to fla` wrote. The gains of the read-outs stay in
 * the output projection; exported again, the weights are the same to the byte.
 *
 * @throws CheckpointError for files that are missing, damaged or of another model, or logits that differ from the
 *   sample's; ConfigError when the run folder is there, or the settings are none of a run.
 */
export async function importFla(folder: string, out: string): Promise<Imported> {
  if (await exists(out)) {
    throw new ConfigError(`--out: '${out}' already exists; move it away or name another folder`);
  }
  const { step, config, model: settings, tokenizer } = await readJson(folder, 'pavlov.json', facts);
  checkConfig(config);
  const wanted = await readJson(folder, 'sample.json', sample);
  const theirs = await readJson(folder, 'config.json', object);
  const where = join(folder, 'model.safetensors');
  const bytes = await readWhole(where).catch((error: unknown) => {
    throw diskFault(`import ${folder}`, 'read model.safetensors', error);
  });
  const options = settings as unknown as ModelConfig; // JSON that `create` checks in full
  Model.checkStored(options, bytes.length / 2, where);
  const model = Model.create(options, 0);
  try {
    model.weights
      .filter(({ name }) => name.endsWith('.signalBias'))
      .forEach(({ variable }) => variable.assign(variable.mul(0)));
    const { config: own, sizes } = flaConfigOf(model, Number(theirs.eos_token_id));
    const differing = Object.keys(own).find(
      (key) => JSON.stringify(own[key]) !== JSON.stringify(theirs[key]),
    );
    if (differing !== undefined) {
      throw new CheckpointError(
        `${join(folder, 'config.json')}: expected ${differing} ${JSON.stringify(own[differing])}, got ${JSON.stringify(theirs[differing])}; it is of another model than pavlov.json`,
      );
    }
    const weights = new Map(fromFla(lookUpIn(decodeTensors(bytes, where).tensors, where), sizes));
    for (const { name, shape, variable } of model.weights) {
      if (name.endsWith('.signalBias')) weights.set(name, { shape, data: variable.dataSync<'float32'>() });
    }
    model.loadWeights(weights, where);
    const difference = checkSample(model, wanted, folder);
    const stored = model.weights.map(
      ({ name, shape, variable }) => [name, float32(shape, variable.dataSync<'float32'>())] as const,
    );
    const path = await saveCheckpoint(out, {
      step,
      // The casts: JSON, as it was read.
      config: config as JsonObject,
      model: settings as JsonObject,
      tokenizer: tokenizer as JsonObject,
      cursor: null,
      rng: {},
      progress: {},
      versions: {},
      weights: new Map(stored),
      optimizer: new Map(),
    });
    return { path, difference };
  } finally {
    model.dispose();
  }
}
