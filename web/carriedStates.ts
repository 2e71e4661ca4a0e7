import { ConfigError } from '../src/core/errors.js';
import { sizeOf } from '../src/core/shapes.js';
import type { Runtime, RuntimeTensor, SavedState, StateFacts, StateValue } from './contract.js';

/** The states that a graph carries from token to token: its inputs `past_*`, its outputs `present_*`. */
export class CarriedStates {
  /** What the graph is given beside tokens. */
  feeds: Readonly<Record<string, RuntimeTensor>> = {};
  /** Tokens read since the start or `reset`. */
  count = 0;

  constructor(
    private readonly runtime: Runtime,
    private readonly states: readonly StateFacts[],
  ) {
    this.reset();
  }

  reset(): void {
    this.restore({ count: 0, values: this.states.map(({ shape }) => new Float32Array(sizeOf(shape))) });
  }

  save(): SavedState {
    return { count: this.count, values: this.values().map(({ values }) => values) };
  }

  /** @throws ConfigError for the state of another model; nothing is changed then. */
  restore({ count, values }: SavedState): void {
    const fits = this.states.every(({ shape }, i) => values[i]?.length === sizeOf(shape));
    if (!fits || values.length !== this.states.length) {
      throw new ConfigError('restore: expected a state of this model, got another');
    }
    this.count = count;
    this.feeds = Object.fromEntries(
      this.states.map(({ name, shape }, i) => [
        `past_${name}`,
        tensorOf(this.runtime, Float32Array.from(values[i] ?? []), shape),
      ]),
    );
  }

  /** The states as they are now, copied. */
  values(): readonly StateValue[] {
    return this.states.map(({ name, shape }) => {
      const { data } = this.feeds[`past_${name}`] as RuntimeTensor; // every state has one
      return { name, shape, values: Float32Array.from(data as Float32Array) };
    });
  }

  /** Goes on from the outputs of a graph that read `tokens` more. */
  take(outputs: Readonly<Record<string, RuntimeTensor>>, tokens: number): void {
    this.feeds = Object.fromEntries(
      this.states.map(({ name }) => [`past_${name}`, outputs[`present_${name}`] as RuntimeTensor]), // it gives all
    );
    this.count += tokens;
  }
}

/** A tensor of numbers, or of token ids. */
export function tensorOf(
  runtime: Runtime,
  data: Float32Array | BigInt64Array,
  dims: readonly number[],
): RuntimeTensor {
  const type = data instanceof Float32Array ? 'float32' : 'int64';
  // The casts: the runtime's constructor is overloaded by type.
  return new runtime.Tensor(type as never, data as never, dims);
}
