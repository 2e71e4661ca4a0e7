import { createEngine } from '../src/engine/createEngine.js';
import { engineOptionsOf, type RunConfig } from '../train/config/schema.js';
import { gemmGflops } from './gemm.js';
import { profiled, type KernelTime } from './kernels.js';
import { median } from './median.js';
import { createTrainee, type Trainee } from './reference.js';

/** What `bench train` measures. */
export interface TrainTiming {
  /** Of the median step. */
  readonly tokensPerSecond: number;
  /** Median, and the fastest. */
  readonly stepMs: number;
  readonly minStepMs: number;
  /** 1e9 floating point operations per second in matrix products: three times the forward pass's. */
  readonly gflops: number;
  /** What this engine reaches on plain matrix products, measured between the steps. */
  readonly gemmGflops: number;
  readonly fractionOfGemm: number;
  /** Tracing and preparing the step, once a run. */
  readonly compileSeconds: number;
  /** Most memory the process held, model, runtime and Node included. */
  readonly peakRssBytes: number;
  readonly parameters: number;
  readonly steps: number;
  /** Name of the optimizer. */
  readonly optimizer: string;
  /** Time by operator in a profiled step; empty on the eager engine. */
  readonly kernels: readonly KernelTime[];
}

export interface TrainBenchOptions {
  readonly config: RunConfig;
  /** Steps timed, in 5 groups with products in between. */
  readonly steps: number;
  readonly onProgress?: (done: number, steps: number) => void;
}

const [GROUPS, WARM_UP, PROFILED] = [5, 3, 3];

async function times(trainee: Trainee, count: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await trainee.step());
  return all;
}

/** Time by operator, on an engine of its own: profiling slows what it measures. None on the eager engine. */
export async function kernelTimes(config: RunConfig): Promise<KernelTime[]> {
  if (config.engine.name !== 'graph') return [];
  return profiled(PROFILED, async (profile) => {
    const engine = await createEngine({ ...engineOptionsOf(config), profile });
    await times(createTrainee(config, engine), PROFILED);
    await engine.dispose();
  });
}

/**
 * Times whole training steps (loss, gradients, clipping, update) of a config's model on random tokens.
 *
 * @throws ConfigError for a config that does not make a model, EngineError when the engine does not work here.
 */
export async function benchTrain({ config, steps, onProgress }: TrainBenchOptions): Promise<TrainTiming> {
  const engine = await createEngine(engineOptionsOf(config));
  const trainee = createTrainee(config, engine);
  await times(trainee, 1);
  const { compileSeconds } = engine;
  await times(trainee, WARM_UP);
  const [stepTimes, rates]: [number[], number[]] = [[], []];
  for (let group = 0; group < GROUPS; group++) {
    rates.push(await gemmGflops(engine));
    stepTimes.push(...(await times(trainee, Math.ceil(steps / GROUPS))));
    onProgress?.(stepTimes.length, steps);
  }
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  await engine.dispose();
  const stepMs = median(stepTimes);
  const [gflops, gemm] = [trainee.flopsPerStep / stepMs / 1e6, median(rates)];
  return {
    tokensPerSecond: (trainee.tokensPerStep / stepMs) * 1000,
    stepMs,
    minStepMs: Math.min(...stepTimes),
    gflops,
    gemmGflops: gemm,
    fractionOfGemm: gflops / gemm,
    compileSeconds,
    peakRssBytes,
    parameters: trainee.parameters,
    steps: stepTimes.length,
    optimizer: config.optimizer.name,
    kernels: await kernelTimes(config),
  };
}
