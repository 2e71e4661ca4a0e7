import { tf, type Scalar, type Tensor } from '../core/tf.js';
import type { CompiledFunction, Engine } from '../engine/engine.js';
import type { NamedNumbers, Numbers } from './ruleCase.js';

type Named = Record<string, Tensor>;
type Compiled = CompiledFunction<Tensor[], Named>;

/** Functions of tensors on one engine, each compiled once. */
export class CompiledCalls {
  private readonly compiled = new Map<string, Compiled>();

  /** @param name in the engine's messages and profiles */
  constructor(
    private readonly engine: Engine,
    private readonly name: string,
  ) {}

  /**
   * What a function gives, as numbers. The inputs are disposed of.
   *
   * @param key of all that decides what the function does but its inputs: with a known one the function given before runs
   */
  async run(
    key: string,
    inputs: readonly Tensor[],
    fn: (...inputs: Tensor[]) => Named,
  ): Promise<NamedNumbers> {
    const compiled = this.compiled.get(key) ?? this.engine.compile(fn, { name: this.name });
    this.compiled.set(key, compiled);
    try {
      return await readNumbers(await compiled(...inputs));
    } finally {
      tf.dispose([...inputs]);
    }
  }

  /** Forgets what was compiled. */
  async forget(): Promise<void> {
    for (const compiled of this.compiled.values()) await compiled.dispose();
    this.compiled.clear();
  }
}

async function readNumbers(results: Readonly<Named>): Promise<NamedNumbers> {
  try {
    const read = Object.entries(results).map(async ([name, x]) => {
      return [name, { shape: x.shape, values: Float32Array.from(await x.data()) }] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  } finally {
    tf.dispose(results);
  }
}

/** A tensor of these numbers. */
export function tensorOf({ shape, values }: Numbers): Tensor {
  return tf.tensor(values, [...shape]);
}

/** The sum of a loss's terms, such that inputs that none depends on have gradients too: zeros. */
export function lossOf(terms: readonly Tensor[], inputs: readonly Tensor[]): Scalar {
  return tf.addN([...terms, ...inputs.map((x) => tf.sum(tf.zerosLike(x)))]) as Scalar; // of scalars
}

/**
 * Tensors that a function leaves behind within tf.tidy, beside those that it gives. The inputs are disposed of.
 */
export function leftBehind(inputs: readonly Tensor[], fn: (inputs: readonly Tensor[]) => Tensor[]): number {
  const before = tf.memory().numTensors;
  const results = new Set(tf.tidy(() => fn(inputs)).filter((x) => !inputs.includes(x)));
  const left = tf.memory().numTensors - before - results.size;
  tf.dispose([...inputs, ...results]);
  return left;
}
