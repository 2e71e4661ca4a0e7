import type { Check } from '../../core/check.js';
import { tf } from '../../core/tf.js';
import type { FeatureMap } from '../../mixers/featureMaps/contract.js';
import { featureMaps } from '../../mixers/featureMaps/registry.js';
import type { Numbers } from '../ruleCase.js';
import { STEP, type RuleRunner } from '../ruleRunner.js';

/** Two vectors point the same way, or the opposite one, up to rounding. */
const PARALLEL = 1 - 1e-4;

/** Vectors of the last axis, one after the other. */
function vectorsOf({ shape, values }: Numbers): Float32Array[] {
  const width = shape.at(-1) ?? 1;
  return Array.from({ length: values.length / width }, (_, i) => values.subarray(i * width, (i + 1) * width));
}

function areParallel(a: Float32Array, b: Float32Array): boolean {
  const product = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, one, i) => sum + one * (y[i] ?? 0), 0);
  const size = Math.sqrt(product(a, a) * product(b, b));
  return size === 0 || Math.abs(product(a, b)) >= PARALLEL * size;
}

/** Whether each vector of one lies along that of the other. */
const allParallel = (a: readonly Float32Array[], b: readonly Float32Array[]): boolean =>
  a.every((vector, i) => areParallel(vector, b[i] ?? new Float32Array()));

function mapped({ map }: FeatureMap, { shape, values }: Numbers): Numbers {
  return tf.tidy(() => {
    const x = map(tf.tensor(values, [...shape]));
    return { shape: x.shape, values: Float32Array.from(x.dataSync()) };
  });
}

/** Each row of S `[B,H,V,K]` times the vector of its memory, `[B,H,1,K]`. */
function read(S: Numbers, queries: readonly Float32Array[]): Float32Array[] {
  const V = S.shape[2] ?? 1;
  const rows = vectorsOf(S);
  return queries.map((q, memory) =>
    Float32Array.from({ length: V }, (_, v) =>
      (rows[memory * V + v] ?? q).reduce((sum, s, i) => sum + s * (q[i] ?? 0), 0),
    ),
  );
}

/** What lies along a vector only once it has gone through a map: the map's name; nothing where it lies along it as it is. */
function mapOf(x: Numbers, along: (x: Numbers) => boolean): string | undefined {
  if (along(x)) return undefined;
  return Object.values(featureMaps).find((map) => along(mapped(map, x)))?.name;
}

/** Maps of queries and keys are for the head: within a rule they would come on top of the head's. */
export const featureMap: Check<RuleRunner> = {
  name: 'feature maps',
  title: 'queries and keys are taken as they come: what maps them is model.featureMap, for every rule alike',
  hint: 'take the map out and choose it by --set model.featureMap=NAME; one of your own is registered by registerFeatureMap',
  async run(runner) {
    const on = runner.case({ T: 1 });
    const { k, q } = on.inputs as Record<'k' | 'q', Numbers>; // every case has both
    const S = (await runner.run(on, STEP))['state.S'] as Numbers; // it is always there
    const written = vectorsOf(S);
    const V = S.shape[2] ?? 1;
    const ofKeys = mapOf(k, (x) => {
      const keys = vectorsOf(x);
      return allParallel(
        written,
        written.map((_, row) => keys[Math.floor(row / V)] ?? new Float32Array()),
      );
    });
    const where = 'one token, written to an empty memory';
    if (ofKeys !== undefined) {
      const got = `rows along ${ofKeys}(k)`;
      return { expected: 'rows of S along k', got, where, hint: featureMap.hint };
    }
    const started = runner.case({ T: 1, state: true });
    const after = await runner.run(started, STEP);
    const outputs = vectorsOf(after.outputs as Numbers); // both are always there
    const ofQueries = mapOf(q, (x) => allParallel(outputs, read(after['state.S'] as Numbers, vectorsOf(x))));
    if (ofQueries === undefined) return undefined;
    const got = `o along S ${ofQueries}(q)`;
    return { expected: 'o = S q', got, where: 'one token, read from a random memory', hint: featureMap.hint };
  },
};
