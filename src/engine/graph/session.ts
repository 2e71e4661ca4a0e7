import { createHash } from 'node:crypto';
import { InferenceSession, type Tensor as OrtTensor } from './onnxRuntime.js';
import { EngineError } from '../../core/errors.js';
import type { EngineOptions } from '../engine.js';
import type { SubGraph } from './value.js';
import { encodeModel } from './onnx/encodeModel.js';

export interface SessionOptions extends Pick<EngineOptions, 'threads' | 'profile' | 'spare'> {
  readonly device: string;
  readonly name: string;
  /** Threads of a graph with work to share, where `threads` does not say; 1 unless given. */
  readonly mostThreads?: number | undefined;
  /** Where outputs go that do not go to this process's memory. */
  readonly outputLocations: Readonly<Record<string, 'gpu-buffer' | 'cpu'>>;
}

/** Fewer operations in the matrix products of a graph than this gain nothing from a second thread, such as a token's. */
const FLOPS_TO_SHARE = 1e7;

/** Threads for a graph where the caller does not say: its products decide whether there is work to share. */
function threadsFor({ nodes }: SubGraph, most: number): number {
  const flops = nodes.reduce((sum, node) => sum + node.flops, 0);
  return flops < FLOPS_TO_SHARE ? 1 : most;
}

function ortOptions(
  graph: SubGraph,
  { device, threads, mostThreads = 1, profile, outputLocations }: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads ?? threadsFor(graph, mostThreads),
    interOpNumThreads: 1,
    // One block planned for all tensors of a run holds more at once than the arena, at the same speed.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Else threads wait busily for 32 ms after each run: they take time from whoever draws tokens or collects
    // garbage, and use up what a container may use.
    extra: { session: { force_spinning_stop: '1' } },
    preferredOutputLocation: outputLocations,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}

/** What is said of a device that is not there, for what ONNX Runtime says. */
function absence(device: string, reason: string): string | undefined {
  if (!reason.includes('Failed to get a WebGPU adapter')) return undefined;
  return (
    `engine graph: expected a GPU with a Vulkan, Metal or Direct3D 12 driver for device '${device}', got none; ` +
    'install its driver, or use --device cpu'
  );
}

/** A session, and what ends its use. */
export interface OpenSession {
  readonly session: InferenceSession;
  readonly release: () => Promise<void>;
}

/**
 * A graph made ready to run: by an engine before, where it left a session with the same bytes and options.
 *
 * @throws EngineError when ONNX Runtime refuses the graph or the device.
 */
export async function createSession(graph: SubGraph, options: SessionOptions): Promise<OpenSession> {
  const { spare, device, profile } = options;
  const [model, settings] = [encodeModel(graph, options.name), ortOptions(graph, options)];
  if (!spare || device !== 'cpu' || profile !== undefined) {
    const session = await newSession(model, settings, options);
    return { session, release: async () => session.release() };
  }
  const key = createHash('sha256').update(JSON.stringify(settings)).update(model).digest('hex');
  const session = spare.take(key) ?? (await newSession(model, settings, options));
  return { session, release: async () => spare.give(key, session) };
}

async function newSession(
  model: Uint8Array,
  settings: InferenceSession.SessionOptions,
  options: SessionOptions,
): Promise<InferenceSession> {
  // Else NVIDIA's libraries, which read this when they start, round the factors of float32 products to 10 bits (TF32).
  if (options.device === 'cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  try {
    return await InferenceSession.create(model, settings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      absence(options.device, reason) ??
        `engine graph: expected ONNX Runtime to accept '${options.name}' on device '${options.device}', got: ${reason}; ` +
          `run 'pavlov doctor' to see what works here, or use --device cpu`,
      { cause: error },
    );
  }
}

/** Tensors by the names of a graph's outputs. */
export type Outputs = Readonly<Record<string, OrtTensor>>;

const { port1: nowhere } = new MessageChannel();
nowhere.close();

/** Frees the memory of arrays now. Left to the garbage collector, a megabyte of each call would make it run all the time. */
function free(tensors: readonly OrtTensor[]): void {
  const buffers = tensors.map(({ data }) => (data as Float32Array).buffer as ArrayBuffer);
  try {
    // What is sent to a closed port is detached and dropped.
    nowhere.postMessage(undefined, buffers);
  } catch {
    // Memory that cannot be detached, as other versions of ONNX Runtime may give it, waits for the collector.
  }
}

/** Fewer bytes of copies than this are not worth a block. */
const MANY_BYTES = 2 ** 20;
/** Runs that add a block: what the first frees is not in the heap yet, as glibc maps large memory until some was freed. */
const BLOCKS = 3;
const BLOCK_BYTES = 2 ** 18;

/** By session. */
const blocks = new WeakMap<InferenceSession, ArrayBuffer[]>();

/**
 * Keeps the memory of copies in this process. glibc gives what is free at the end of its heap back to the system, and the
 * next run had a page fault for each 4 kB, a twentieth of a training step. A block made while the copies are there lies behind them.
 */
function keepMemory(session: InferenceSession, copies: readonly OrtTensor[]): void {
  const own = blocks.get(session) ?? [];
  if (own.length === BLOCKS) return;
  const bytes = copies.reduce((sum, { data }) => sum + (data as Float32Array).byteLength, 0);
  if (bytes >= MANY_BYTES) blocks.set(session, [...own, new ArrayBuffer(BLOCK_BYTES)]);
}

/**
 * Runs a session: what is given in `fetches` is written and returned, where that is null the runtime makes a tensor.
 *
 * ONNX Runtime's Node binding returns a copy even of what it wrote into memory that it was given. These copies, of
 * all state at every step, cost more than the collection of all else: they are freed at once.
 */
export async function runSession(
  session: InferenceSession,
  feeds: Readonly<Record<string, OrtTensor>>,
  fetches: Readonly<Record<string, OrtTensor | null>>,
): Promise<Outputs> {
  // The cast: all outputs of these graphs are tensors.
  const outputs = (await session.run(feeds, fetches)) as Record<string, OrtTensor>;
  const copies: OrtTensor[] = [];
  for (const [name, given] of Object.entries(fetches)) {
    const copy = outputs[name];
    if (!given || !copy || copy.data === given.data) continue;
    copies.push(copy);
    outputs[name] = given;
  }
  if (copies.length === 0) return outputs;
  keepMemory(session, copies);
  free(copies);
  return outputs;
}
