import { median } from '../../../bench/median.js';
import { performance } from 'node:perf_hooks';
import { Rng } from '../../../src/core/rng.js';
import { tf, type Tensor2D } from '../../../src/core/tf.js';
import { createEngine } from '../../../src/engine/createEngine.js';
import type { Engine, EngineOptions } from '../../../src/engine/engine.js';

/** What was found about one engine on this machine. */
export type ProbeReport = Works | Fails;

export interface Works {
  readonly works: true;
  /** Rate of one float32 matrix product, median of the runs. */
  readonly gflops: number;
  /** Rows of the square matrices timed; smaller where the full size would take too long. */
  readonly matmulSize: number;
  /** Seconds from the function to its first result, the compile check's. */
  readonly compileSeconds: number;
}

export interface Fails {
  readonly works: false;
  readonly reason: string;
}

/*
 * Runs in a process of its own, since a native backend that does not suit the machine may abort it.
 * Takes an array of EngineOptions as JSON in its only argument; prints a ProbeReport of each as a line on stdout.
 */

const FULL_SIZE = 1024;
const TRIAL_SIZE = 256;
/** A run of the full size may take this long; slower engines are timed at the trial size. */
const LONGEST_RUN_MS = 500;
const RUNS = 5;

/** Trains one weight for one step and compares with the same arithmetic in plain numbers. */
async function checkCompile(engine: Engine): Promise<void> {
  const weight = tf.variable(tf.tensor1d([1, -2, 3]));
  const step = engine.compile(
    (x: Tensor2D) => {
      const loss = (): tf.Scalar => tf.sum(tf.square(tf.mul(x, weight)));
      const { value, grads } = tf.variableGrads(loss, [weight]);
      const grad = grads[weight.name];
      if (grad) weight.assign(tf.sub(weight, tf.mul(grad, 0.5)));
      return value;
    },
    { variables: [weight], name: 'doctor' },
  );
  const x = tf.tensor2d([[1, 2, 0.5]]);
  const loss = (await (await step(x)).data())[0];
  await engine.pull([weight]);
  const trained = await weight.data();
  const wanted = [0, 6, 2.25];
  const wrong = wanted.some((value, i) => !(Math.abs((trained[i] ?? NaN) - value) < 1e-5));
  if (wrong || !(Math.abs((loss ?? NaN) - 19.25) < 1e-4)) {
    throw new Error(
      `wrong result: expected weights [${wanted.join(', ')}], got [${Array.from(trained).join(', ')}]`,
    );
  }
  await step.dispose();
}

/** Milliseconds of each run of a square product, after one that warms up. */
async function timeMatmul(engine: Engine, size: number, runs: number): Promise<number[]> {
  const rng = Rng.fromSeed(size);
  const [a, b] = ['a', 'b'].map((name) => tf.tensor2d(rng.derive(name).normals(size * size), [size, size]));
  if (!a || !b) throw new Error('doctor: expected two matrices, got fewer');
  const product = engine.compile((x: Tensor2D, y: Tensor2D) => tf.matMul(x, y), { name: 'matmul' });
  const times: number[] = [];
  for (let run = -1; run < runs; run++) {
    const start = performance.now();
    const result = await product(a, b);
    await result.data();
    if (run >= 0) times.push(performance.now() - start);
    result.dispose();
  }
  await product.dispose();
  return times;
}

async function matmulRate(engine: Engine): Promise<{ gflops: number; matmulSize: number }> {
  const trial = median(await timeMatmul(engine, TRIAL_SIZE, 3));
  const full = trial * (FULL_SIZE / TRIAL_SIZE) ** 3 <= LONGEST_RUN_MS;
  const matmulSize = full ? FULL_SIZE : TRIAL_SIZE;
  const ms = full ? median(await timeMatmul(engine, FULL_SIZE, RUNS)) : trial;
  return { gflops: (2 * matmulSize ** 3) / ms / 1e6, matmulSize };
}

async function probe(options: EngineOptions): Promise<ProbeReport> {
  const start = performance.now();
  try {
    const engine = await createEngine(options);
    await checkCompile(engine);
    const compileSeconds = (performance.now() - start) / 1000;
    const rate = await matmulRate(engine);
    await engine.dispose();
    return { works: true, compileSeconds, ...rate };
  } catch (error) {
    return { works: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

// The cast: the parent process is ours and passes EngineOptions.
for (const options of JSON.parse(process.argv[2] ?? '[]') as EngineOptions[]) {
  const report = await probe(options);
  await new Promise((resolve) => process.stdout.write(`\n${JSON.stringify(report)}\n`, resolve));
}
process.exit(0);
