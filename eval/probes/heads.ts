import type { LanguageModel } from '../../src/model/languageModel.js';

/** Names of all conditioning heads, block by block, such as `block 0 head 3`. */
export function headNames(model: LanguageModel): string[] {
  return model.layers.flatMap(({ plan: { mixer } }, block) =>
    mixer.kind === 'conditioning'
      ? Array.from({ length: mixer.plan.H }, (_, head) => `block ${block} head ${head}`)
      : [],
  );
}

/** Names of all memories, such as `block 0 head 3`, or `block 0 memory 1` where heads share them. */
export function memoryNames(model: LanguageModel): string[] {
  return model.layers.flatMap(({ plan: { mixer } }, block) => {
    if (mixer.kind !== 'conditioning') return [];
    const { H, M } = mixer.plan;
    return Array.from({ length: M }, (_, m) => `block ${block} ${M === H ? 'head' : 'memory'} ${m}`);
  });
}

/** A note on the blocks that have no memory to look at, if there are any. */
export function skippedBlocks({ layers }: LanguageModel): readonly string[] {
  const skipped = layers.flatMap(({ plan: { mixer } }, block) => (mixer.kind === 'softmax' ? [block] : []));
  if (skipped.length === 0) return [];
  const which = skipped.length === layers.length ? 'all blocks' : `block ${skipped.join(', ')}`;
  return [`skipped ${which}: softmax heads keep every token and have no memory to measure`];
}
