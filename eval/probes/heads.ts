import type { Model } from '../../src/model/model.js';
import { memoriesOf } from '../../src/model/traces.js';

/** Names of all heads that read a memory, such as `block 0 head 3`, in the order in which probes tell of them. */
export function headNames(model: Model): string[] {
  return memoriesOf(model).flatMap(({ layer, memory: { H } }) =>
    Array.from({ length: H }, (_, head) => `block ${layer} head ${head}`),
  );
}

/** Names of all memories, such as `block 0 head 3`, or `block 0 memory 1` where heads share them. */
export function memoryNames(model: Model): string[] {
  return memoriesOf(model).flatMap(({ layer, memory: { H, M } }) =>
    Array.from({ length: M }, (_, m) => `block ${layer} ${M === H ? 'head' : 'memory'} ${m}`),
  );
}

/** A note on the layers that have no memory to look at, if there are any. */
export function skippedLayers({ layers }: Model): readonly string[] {
  const skipped = layers.flatMap(({ plan, mixer }, layer) => (plan.memory ? [] : [{ layer, mixer }]));
  if (skipped.length === 0) return [];
  const which =
    skipped.length === layers.length ? 'all layers' : `layer ${skipped.map(({ layer }) => layer).join(', ')}`;
  const names = [...new Set(skipped.map(({ mixer: { name } }) => name))];
  return [
    `skipped ${which}: no rule drives a memory in ${names.join(' and ')} heads, so there is none to measure`,
  ];
}
