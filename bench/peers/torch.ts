import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../src/core/errors.js';
import type { RunConfig } from '../../train/config/schema.js';

/** What the worker says of itself when it is ready. */
interface TorchFacts {
  readonly torch: string;
  readonly threads: number;
  readonly parameters: number;
}

/** The reference model in PyTorch, in a process of its own. */
export interface TorchPeer {
  readonly facts: TorchFacts;
  /** One training step; milliseconds, taken in the worker. */
  step(): Promise<number>;
  stop(): void;
}

export interface TorchOptions {
  /** The Python that has torch. */
  readonly python: string;
  readonly threads: number;
  /** Whether the loss is wrapped in `torch.compile`. */
  readonly compile: boolean;
  /** PyTorch's name of the device; `cpu` where it is left out. */
  readonly device?: string;
}

/** The sizes the worker needs of a config; it knows the delta rule, with or without a scalar gate. */
function sizesOf(
  { model, train, tokenizer }: RunConfig,
  { threads, compile, device = 'cpu' }: TorchOptions,
): string {
  const { width, layers, heads, keySize, mlpWidth, convolution, chunkSize, gate } = model;
  const sizes = { width, layers, heads, keySize, mlpWidth, convolution, chunkSize };
  const { batchSize: rows, sequenceLength: length } = train;
  return JSON.stringify({
    ...sizes,
    rows,
    length,
    threads,
    compile,
    device,
    vocabulary: tokenizer.vocabularySize,
    gated: gate !== 'none',
  });
}

/**
 * Starts the worker.
 *
 * @throws EngineError with the worker's last words when it ends before it answers.
 */
export async function startTorch(config: RunConfig, options: TorchOptions): Promise<TorchPeer> {
  const worker = spawn(options.python, [fileURLToPath(new URL('torchWorker.py', import.meta.url))], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let words = '';
  worker.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  const lines = createInterface({ input: worker.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_resolve, reject) => {
    worker.on('error', reject);
    worker.on('close', (code) => {
      reject(
        new EngineError(
          `peer torch: expected '${options.python}' to run the worker, got exit ${code}: ${words}`,
        ),
      );
    });
  });
  failed.catch(() => undefined);
  const ask = async (line: string): Promise<unknown> => {
    worker.stdin.write(`${line}\n`);
    const answer: IteratorResult<string, unknown> = await Promise.race([lines.next(), failed]);
    return JSON.parse(String(answer.value)) as unknown;
  };
  const facts = (await ask(sizesOf(config, options))) as TorchFacts;
  return {
    facts,
    // The worker answers every line with these fields; see torchWorker.py.
    step: async () => ((await ask('step')) as { readonly stepMs: number }).stepMs,
    stop: () => worker.kill(),
  };
}
