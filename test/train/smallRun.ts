import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toyStories } from '../../data/index.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import type { PartialConfig, RunConfig } from '../../train/config/schema.js';
import type { DeviceName } from '../support/device.js';

/** A few stories with their own validation file, so that a run starts in milliseconds. */
export async function writeStories(folder: string, count = 12): Promise<string> {
  const source = join(folder, 'text');
  await mkdir(source, { recursive: true });
  const { train, validation } = toyStories({ trainStories: count, validationStories: 3 });
  const text = (stories: readonly string[]): string =>
    stories.map((story) => `${story}\n<|endoftext|>\n`).join('');
  await writeFile(join(source, 'train.txt'), text(train));
  await writeFile(join(source, 'val.txt'), text(validation));
  return source;
}

/** A whole run on those stories that takes a second or two: everything happens, but little of it. */
export async function smallRun(
  source: string,
  out: string,
  overrides: PartialConfig = {},
): Promise<RunConfig> {
  const { model, train, optimizer, engine, data, ...rest } = overrides;
  const hasBudget = Object.keys(train ?? {}).some((name) => ['steps', 'tokens', 'minutes'].includes(name));
  return resolveConfig({
    overrides: {
      model: {
        width: 16,
        layers: 1,
        heads: 2,
        keySize: 8,
        valueSize: 8,
        mlpWidth: 24,
        chunkSize: 8,
        ...model,
      },
      data: { source, cacheFolder: null, ...data },
      tokenizer: { name: 'bytes', vocabularySize: 257 },
      train: {
        batchSize: 2,
        sequenceLength: 24,
        logEvery: 1,
        evalEvery: 5,
        evalStories: 2,
        evalBatchSize: 2,
        saveEvery: 5,
        sampleEvery: 10,
        diagnosticsEvery: 10,
        ...(hasBudget ? {} : { steps: 20 }),
        ...train,
      },
      sample: { prompt: 'Once', maxTokens: 8 },
      optimizer: { learningRate: 0.02, ...optimizer },
      // One thread: files of tests run side by side, and the tensors are too small to share.
      engine: engine ?? { threads: 1 },
      out,
      ...rest,
    },
  });
}

/** A clock that goes on by a fixed time whenever it is read. */
export function steadyClock(tickMs = 10): () => number {
  let now = 1_700_000_000_000;
  return () => (now += tickMs);
}

/** Bytes of weights and moments of a step, and what else decides how the run goes on. */
export async function bytesOf(
  out: string,
  step: number,
): Promise<{ weights: string; optimizer: string; cursor: unknown; step: unknown; best: unknown }> {
  const folder = join(out, `step-${String(step).padStart(6, '0')}`);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
    cursor: unknown;
    progress: { best: unknown };
    step: number;
  };
  const [weights, optimizer] = await Promise.all(
    ['weights', 'optimizer'].map((name) => readFile(join(folder, `${name}.safetensors`), 'hex')),
  );
  return {
    weights: weights!,
    optimizer: optimizer!,
    cursor: manifest.cursor,
    step: manifest.step,
    best: manifest.progress.best,
  };
}

/** Changes to the small run that save all the time. */
export const savingEveryStep = (steps: number): PartialConfig => ({
  train: { steps, saveEvery: 1, evalEvery: null, sampleEvery: null, diagnosticsEvery: null },
});

/**
 * Changes to the small run that save all the time, and validate, sample and inspect often: on cpu, for each process on a
 * device compiles its shaders anew, those of every graph.
 */
export const busyEveryStep = (steps: number, device: DeviceName = 'cpu'): PartialConfig => {
  const { train } = savingEveryStep(steps);
  const often = { evalEvery: 3, sampleEvery: 7, diagnosticsEvery: 5 };
  return { engine: { device }, train: { ...train, ...(device === 'cpu' ? often : {}) } };
};

/** What depends on the clock in a run's log. */
const TIMES = ['elapsedMs', 'tokensPerSecond', 'seconds'];

/** The lines of a run's log without their times, and its samples. */
export async function logsOf(out: string): Promise<{ lines: unknown[]; sample: string }> {
  const text = await readFile(join(out, 'metrics.jsonl'), 'utf8');
  const lines = text.trim().split('\n');
  return {
    lines: lines.map((line): unknown =>
      JSON.parse(line, (name, value: unknown) => (TIMES.includes(name) ? undefined : value)),
    ),
    sample: await readFile(join(out, 'sample.txt'), 'utf8'),
  };
}
