import type { CheckFinding } from '../core/check.js';
import { Rng } from '../core/rng.js';
import { sizeOf } from '../core/shapes.js';
import type { WeightSpec } from '../core/weights.js';

/** What is wrong with weights that a part asks for: each has a name of its own and finite values, by the rng alone. */
export function weightsFinding(
  all: readonly Pick<WeightSpec, 'name' | 'shape' | 'initial'>[],
  place: string,
  hint: string,
): CheckFinding | undefined {
  const finding = (where: string, expected: string, got: string): CheckFinding => {
    return { expected, got, where, hint };
  };
  const names = all.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) return finding(place, 'each name once', `'${twice}' twice`);
  for (const weight of all) {
    const { name, shape } = weight;
    const [values, again] = [weight.initial(Rng.fromSeed(1)), weight.initial(Rng.fromSeed(1))];
    const at = `weight ${name} [${shape.join(',')}]`;
    if (values.length !== sizeOf(shape)) return finding(at, `${sizeOf(shape)} values`, String(values.length));
    const bad = values.find((x) => !Number.isFinite(x));
    if (bad !== undefined) return finding(at, 'finite values', String(bad));
    if (!values.every((x, i) => Object.is(x, again[i])))
      return finding(at, 'the same values of the same rng', 'others');
  }
  return undefined;
}
