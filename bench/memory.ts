import { required } from '../src/core/required.js';
import { createEngine } from '../src/engine/createEngine.js';
import { engineOptionsOf, type RunConfig } from '../train/config/schema.js';
import { growth, memoryInUse, type MemoryUse } from './memoryUse.js';
import { createTrainee } from './reference.js';

/** Memory after so many steps. */
interface MemoryPoint extends MemoryUse {
  readonly step: number;
}

/** What `bench memory` measures. */
export interface MemoryTrace {
  readonly optimizer: string;
  readonly parameters: number;
  readonly steps: number;
  /** After step 5, by when all is set up, and after every tenth of the steps. */
  readonly points: readonly MemoryPoint[];
  /** The last point less the first. */
  readonly growth: MemoryUse;
  /** Most memory the process ever held. */
  readonly peakRssBytes: number;
}

export interface MemoryBenchOptions {
  readonly config: RunConfig;
  /** At least `FEWEST_STEPS`. */
  readonly steps: number;
  readonly onProgress?: (done: number, steps: number) => void;
}

const [SET_UP, POINTS] = [5, 10];

/** Steps after which memory is read, rising. */
function pointsOf(steps: number): ReadonlySet<number> {
  const tenths = Array.from({ length: POINTS }, (_, i) => Math.round(((i + 1) * steps) / POINTS));
  return new Set([SET_UP, ...tenths.filter((step) => step > SET_UP)]);
}

/**
 * Runs whole training steps of a config's model on random tokens and reads the memory in use on the way.
 *
 * @throws ConfigError for a config that does not make a model, EngineError when the engine does not work here.
 */
export async function benchMemory({ config, steps, onProgress }: MemoryBenchOptions): Promise<MemoryTrace> {
  const engine = await createEngine(engineOptionsOf(config));
  const trainee = createTrainee(config, engine);
  const at = pointsOf(steps);
  const points: MemoryPoint[] = [];
  for (let step = 1; step <= steps; step++) {
    await trainee.step();
    onProgress?.(step, steps);
    if (at.has(step)) points.push({ step, ...memoryInUse() });
  }
  await engine.dispose();
  return {
    optimizer: config.optimizer.name,
    parameters: trainee.parameters,
    steps,
    points,
    growth: growth(required(points[0], 'a first point'), required(points.at(-1), 'a last point')),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}
