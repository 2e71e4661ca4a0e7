import { CheckpointError } from '../core/errors.js';
import { sameShape } from '../core/shapes.js';
import { tf } from '../core/tf.js';
import type { WeightInfo } from './layerStack.js';

/** Values by weight name, row-major. */
export type NamedValues = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

function fault({ name, shape }: WeightInfo, values: NamedValues): string[] {
  const found = values.get(name);
  if (!found) return [`${name}: expected shape [${shape.join(',')}], got nothing`];
  if (!sameShape(found.shape, shape)) {
    return [`${name}: expected shape [${shape.join(',')}], got [${found.shape.join(',')}]`];
  }
  const expected = shape.reduce((product, n) => product * n, 1);
  if (found.data.length === expected) return [];
  return [`${name}: expected ${expected} values, got ${found.data.length}`];
}

/**
 * Assigns named values to weights, all or none.
 *
 * @throws CheckpointError that lists every mismatch.
 */
export function loadInto(weights: readonly WeightInfo[], values: NamedValues): void {
  const known = new Set(weights.map(({ name }) => name));
  const faults = [
    ...weights.flatMap((weight) => fault(weight, values)),
    ...[...values.keys()]
      .filter((name) => !known.has(name))
      .map((name) => `${name}: expected no such weight`),
  ];
  if (faults.length > 0) {
    throw new CheckpointError(
      `weights: expected those of the model's config, got ${faults.length} that differ; load them with the config they were saved with\n${faults.join('\n')}`,
    );
  }
  for (const { name, variable, shape } of weights) {
    const data = values.get(name)?.data ?? [];
    tf.tidy(() => {
      variable.assign(tf.tensor(data, [...shape]));
    });
  }
}
