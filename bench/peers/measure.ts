import { setTimeout as pause } from 'node:timers/promises';
import { Rng } from '../../src/core/rng.js';
import { reasonOf } from '../../src/core/text.js';
import type { Model } from '../../src/model/model.js';
import { median } from '../median.js';
import { randomModel } from '../reference.js';
import type { Cell } from './cells.js';
import { asOneDocument, ourReader, ourTrainer, peerBatch, torchBatch } from './ours.js';
import { startTorch, type Lap, type TorchPeer, type TorchStep } from './torch.js';

/** Milliseconds of a training step, or of a token. */
export interface Timed {
  readonly medianMs: number;
  readonly minMs: number;
  /** The same of the processor, all threads of a process together. */
  readonly medianProcessorMs: number;
  readonly minProcessorMs: number;
  readonly count: number;
}

/** One line of the table; a side that has no times says why. */
export interface Line {
  readonly name: string;
  readonly title: string;
  readonly rule: string;
  readonly torch: string;
  /** The size of a chunk that is fastest for PyTorch. */
  readonly chunkSize: number;
  readonly parameters: number;
  readonly pavlov: Timed;
  readonly eager: Timed;
  readonly compiled: Timed | string;
  /** The largest difference of the losses of some steps and of the first gradient's norm, or of logits, over the largest of them. */
  readonly agreement: number;
}

export interface MeasureOptions {
  readonly python: string;
  readonly threads: number;
  /** Of all sides together, once they are ready. */
  readonly seconds: number;
  /** The longest that the compiled side may take until it is ready; 0 leaves it out. */
  readonly compileSeconds: number;
}

/** What stands in the place of times of a side that was left out. */
export const NOT_MEASURED = 'not measured';

/** Steps from the same weights whose losses are compared. */
const COMPARED = 3;
/** The largest difference of what counts as the same model, computed in float32 in another order. */
const TOLERANCE = 1e-4;
/** Turns of each side at least, and at most. */
const [FEWEST, MOST] = [4, 40];
/** Before each turn: threads wait busily for up to 32 ms after the turn before, and would take it time. */
const REST_MS = 100;
/** Sizes of a chunk that PyTorch may take. */
const CHUNK_SIZES = [32, 64, 128];
/** Tokens that are decoded from an empty state, and in one turn. */
const [DECODED, TURN] = [256, 128];

/** One of those that are compared. */
interface Side {
  /** Lists of numbers that are the same of the same model; asked first, and once. */
  found(): Promise<readonly (readonly number[])[]>;
  /** A step, or the mean of some tokens. */
  turn(): Promise<Lap>;
  stop(): Promise<void>;
}

/** What a cell is measured with: the same batches for all sides, in turns. */
interface Arena {
  readonly pavlov: Side;
  readonly eager: Side;
  readonly compiled: () => Promise<Side>;
  readonly facts: TorchPeer['facts'];
}

async function repeated<T>(count: number, body: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(await body());
  return all;
}

const stop = (peer: TorchPeer) => async (): Promise<void> => Promise.resolve(peer.stop());

async function trainingArena(cell: Cell, model: Model, options: MeasureOptions): Promise<Arena> {
  const { python, threads } = options;
  const { config } = cell;
  const rng = Rng.fromSeed(config.seed).derive('peer');
  const first = asOneDocument(peerBatch(cell, rng));
  const losses = async (step: () => Promise<TorchStep>) => {
    const steps = await repeated(COMPARED, step);
    // Later norms differ more: AdamW divides by roots of squares that may be next to nothing.
    return [steps.map(({ loss }) => loss), steps.slice(0, 1).map(({ gradNorm }) => gradNorm)];
  };
  const torchSide = (peer: TorchPeer): Side => ({
    found: async () => losses(async () => peer.step(torchBatch(first))),
    turn: async () => peer.step(torchBatch(peerBatch(cell, rng))),
    stop: stop(peer),
  });
  const sizes = CHUNK_SIZES.filter((size) => config.train.sequenceLength % size === 0);
  const start = async (compile: boolean, chunkSizes: readonly number[]) =>
    startTorch(model, config, { python, threads, compile, chunkSizes });
  const eager = await start(false, config.model.mixer === 'softmax' ? [config.model.chunkSize] : sizes);
  const ours = await ourTrainer(cell, model, threads);
  return {
    pavlov: {
      found: async () => losses(async () => ours.step(first)),
      turn: async () => ours.step(peerBatch(cell, rng)),
      stop: async () => ours.dispose(),
    },
    eager: torchSide(eager),
    compiled: async () => torchSide(await start(true, [eager.facts.chunkSize])),
    facts: eager.facts,
  };
}

async function readingArena(cell: Cell, model: Model, options: MeasureOptions): Promise<Arena> {
  const { python, threads } = options;
  const { config } = cell;
  const rows = config.train.batchSize;
  const rng = Rng.fromSeed(config.seed).derive('peer');
  const tokens = (): number[][] =>
    Array.from({ length: TURN }, () =>
      Array.from({ length: rows }, () => rng.below(config.tokenizer.vocabularySize)),
    );
  const first = tokens();
  const side = (reader: Pick<TorchPeer, 'read'>, stopIt: Side['stop']): Side => ({
    found: async () => [(await reader.read(first)).logits],
    turn: async () => reader.read(tokens()),
    stop: stopIt,
  });
  const start = async (compile: boolean, count: number) =>
    startTorch(model, config, {
      python,
      threads: count,
      compile,
      decodeLength: DECODED,
    });
  const eager = await start(false, threads);
  const ours = await ourReader(model, rows, DECODED, threads);
  return {
    pavlov: side(ours, async () => ours.dispose()),
    eager: side(eager, stop(eager)),
    compiled: async () => {
      const peer = await start(true, eager.facts.threads);
      return side(peer, stop(peer));
    },
    facts: eager.facts,
  };
}

/** The largest difference of any list, over the largest number in it. */
function differenceOf(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const each = a.map((list, i) => {
    const differences = list.map((x, j) => Math.abs(x - (b[i]?.[j] ?? NaN)));
    return Math.max(...differences) / Math.max(...list.map(Math.abs));
  });
  return Math.max(...each);
}

/** What a promise gives, or an error after so many seconds. */
async function within<T>(seconds: number, body: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not compiled in ${seconds} s`));
    }, 1000 * seconds);
  });
  try {
    return await Promise.race([body, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The compiled side when it is ready, and what it found; a reason where it does not get ready. */
async function readyCompiled({ compiled }: Arena, seconds: number) {
  if (seconds === 0) return NOT_MEASURED;
  const side = await compiled();
  try {
    return { side, found: await within(seconds, side.found()) };
  } catch (error) {
    await side.stop();
    return (reasonOf(error).split('\n')[0] ?? '').slice(0, 120);
  }
}

async function timesOf(sides: readonly Side[], seconds: number): Promise<Timed[]> {
  const laps = sides.map((): Lap[] => []);
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < MOST && (round < FEWEST || performance.now() < end); round++) {
    for (const [i, side] of sides.entries()) {
      await pause(REST_MS);
      laps[i]?.push(await side.turn());
    }
  }
  return laps.map((list) => {
    const [clock, processor] = [list.map((lap) => lap.stepMs), list.map((lap) => lap.processorMs)];
    return {
      medianMs: median(clock),
      minMs: Math.min(...clock),
      medianProcessorMs: median(processor),
      minProcessorMs: Math.min(...processor),
      count: list.length,
    };
  });
}

/**
 * Times a cell on all sides, in turns.
 *
 * @throws Error where the sides are not the same model; EngineError where PyTorch does not run.
 */
export async function measureCell(cell: Cell, options: MeasureOptions): Promise<Line> {
  const model = randomModel(cell.config);
  const arena = await (cell.work === 'train' ? trainingArena : readingArena)(cell, model, options);
  const { pavlov, eager, facts } = arena;
  const own = await pavlov.found();
  const compiled = await readyCompiled(arena, options.compileSeconds);
  const others = [await eager.found(), ...(typeof compiled === 'string' ? [] : [compiled.found])];
  const agreement = Math.max(...others.map((found) => differenceOf(own, found)));
  const sides = [pavlov, eager, ...(typeof compiled === 'string' ? [] : [compiled.side])];
  const [ours, plain, fused] = await timesOf(agreement <= TOLERANCE ? sides : [], options.seconds);
  for (const side of sides) await side.stop();
  model.dispose();
  if (!ours || !plain) {
    throw new Error(`expected the same model within ${TOLERANCE}, got a difference of ${agreement}`);
  }
  return {
    name: cell.name,
    title: cell.title,
    rule: cell.rule,
    torch: facts.torch,
    chunkSize: facts.chunkSize,
    parameters: facts.parameters,
    pavlov: ours,
    eager: plain,
    compiled: fused ?? (typeof compiled === 'string' ? compiled : NOT_MEASURED),
    agreement,
  };
}
