import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../src/core/errors.js';
import type { Model } from '../../src/model/model.js';
import type { RunConfig } from '../../train/config/schema.js';

/** What the worker says of itself when it is ready. */
interface TorchFacts {
  readonly torch: string;
  readonly threads: number;
  readonly parameters: number;
  readonly chunkSize: number;
}

/** Flat lists: ids and targets row by row; positions where there are answers only at some. */
export interface TorchBatch {
  readonly ids: readonly number[];
  readonly targets: readonly number[];
  readonly positions?: readonly number[];
}

/** What a step or token took, measured in the process that made it. */
export interface Lap {
  /** Milliseconds by the clock. */
  readonly stepMs: number;
  /** Milliseconds of processor time, all threads together. */
  readonly processorMs: number;
}

/** A training step, and what it found before its update. */
export interface TorchStep extends Lap {
  readonly loss: number;
  readonly gradNorm: number;
}

/** A model of ours in PyTorch, in a process of its own. */
export interface TorchPeer {
  readonly facts: TorchFacts;
  /** One training step. */
  step(batch: TorchBatch): Promise<TorchStep>;
  /** Reads tokens of all rows one after another; the time of a token, and the first row's logits at the end. */
  read(tokens: readonly (readonly number[])[]): Promise<Lap & { readonly logits: number[] }>;
  stop(): void;
}

export interface TorchOptions {
  /** The Python that has torch. */
  readonly python: string;
  readonly threads: number;
  /** Whether the loss, or the step of decoding, is wrapped in `torch.compile`. */
  readonly compile: boolean;
  /** PyTorch's name of the device; `cpu` where it is left out. */
  readonly device?: string;
  /** Sizes of a chunk of which the worker takes the fastest; the config's own where they are left out. */
  readonly chunkSizes?: readonly number[];
  /** Tokens that are decoded from an empty state; training where it is left out. */
  readonly decodeLength?: number;
}

/** Matrices that PyTorch has the other way round. */
const TRANSPOSED = /\.(qkv|controls|outputGate|output|mlp\.gate|up|down)$/;

/** The description of a model: sizes, and the order of the weights in a file. */
function description(model: Model, config: RunConfig, weights: string, options: TorchOptions): string {
  const { heads, keySize, rule, gate, mixer, normEpsilon, chunkSize } = config.model;
  const { threads, compile, device = 'cpu', chunkSizes = [chunkSize], decodeLength } = options;
  return JSON.stringify({
    model: { heads, keySize, rule, gate, mixer, normEpsilon, chunkSize },
    optimizer: config.optimizer,
    entries: model.weights.map(({ name, shape, decayed }) => ({
      name,
      shape,
      decayed,
      transposed: TRANSPOSED.test(name),
    })),
    kind: decodeLength === undefined ? 'train' : 'decode',
    rows: config.train.batchSize,
    length: decodeLength ?? config.train.sequenceLength,
    weights,
    threads,
    compile,
    device,
    chunkSizes,
  });
}

/** The worker as a function from a line to the answer, and what ends it. */
function startWorker(python: string): {
  ask: (line: string) => Promise<unknown>;
  stop: () => void;
} {
  const worker = spawn(python, [fileURLToPath(new URL('torchWorker.py', import.meta.url))], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let words = '';
  worker.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  const lines = createInterface({ input: worker.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_resolve, reject) => {
    worker.on('error', reject);
    // Not when its pipes are closed: processes that compile may outlive it with them.
    worker.on('exit', (code) => {
      reject(
        new EngineError(`peer torch: expected '${python}' to run the worker, got exit ${code}: ${words}`),
      );
    });
  });
  failed.catch(() => undefined);
  const ask = async (line: string): Promise<unknown> => {
    worker.stdin.write(`${line}\n`);
    const answer: IteratorResult<string, unknown> = await Promise.race([lines.next(), failed]);
    return JSON.parse(String(answer.value)) as unknown;
  };
  return { ask, stop: () => worker.kill('SIGKILL') };
}

/**
 * Starts the worker with the weights of a model.
 *
 * @throws EngineError with the worker's last words when it ends before it answers.
 */
export async function startTorch(model: Model, config: RunConfig, options: TorchOptions): Promise<TorchPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'pavlov-peer-'));
  const { ask, stop } = startWorker(options.python);
  try {
    const file = join(folder, 'weights.bin');
    await writeFile(
      file,
      model.weights.map(({ variable }) => Buffer.from(Float32Array.from(variable.dataSync()).buffer)),
    );
    // The worker answers with these fields; see torchWorker.py.
    const facts = (await ask(description(model, config, file, options))) as TorchFacts;
    return {
      facts,
      step: async (batch) => (await ask(JSON.stringify({ step: batch }))) as TorchStep,
      read: async (tokens) =>
        (await ask(JSON.stringify({ tokens }))) as Awaited<ReturnType<TorchPeer['read']>>,
      stop,
    };
  } catch (error) {
    stop();
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}
