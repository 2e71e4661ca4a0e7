import type { Change, LayerChange, Patch, PlayFacts, PlayLayer, SavedState } from '../../web/index.js';
import { headName, headsOf, layerFacts, memoryOf, type HeadPlace } from './memories.js';

/** How far a change reaches from the head that is looked at. */
export type Reach = 'head' | 'layer' | 'all';

interface Placed {
  readonly at: HeadPlace;
  readonly reach: Reach;
}

/** Something done to the memories of a model while it reads. */
export type Intervention = Placed &
  (
    | { readonly kind: 'silence' }
    | { readonly kind: 'block'; readonly token: number }
    | {
        readonly kind: 'scale';
        readonly what: string;
        readonly factor: number;
        /** The first token that it holds for. */
        readonly token: number;
      }
    | { readonly kind: 'patch'; readonly token: number; readonly text: string; readonly from: SavedState }
  );

/** The name of the factor on the logarithm of the decay, beside those of the signals. */
export const DECAY = 'decay';

/** The heads that a change reaches. */
function reached(facts: PlayFacts, { at, reach }: Placed): readonly HeadPlace[] {
  return headsOf(facts).filter(({ layer, head }) => {
    if (reach === 'all') return true;
    return layer === at.layer && (reach === 'layer' || head === at.head);
  });
}

/** By memory or head of a layer: `value` for those reached, 1 for the others. */
function factorsOf(count: number, own: readonly number[], value: number): number[] {
  return Array.from({ length: count }, (_, i) => (own.includes(i) ? value : 1));
}

const product = (a: readonly number[] | undefined, b: readonly number[]): readonly number[] =>
  a ? a.map((x, i) => x * (b[i] ?? 1)) : b;

/** A layer's change with one intervention more; `own` are the heads of the layer that it reaches. */
function withOne(
  change: LayerChange,
  facts: PlayLayer,
  intervention: Intervention,
  own: readonly number[],
): LayerChange {
  const { heads, memories, signals, hasDecay } = facts;
  const ownMemories = own.map((head) => memoryOf(facts, head));
  switch (intervention.kind) {
    case 'silence':
      return { ...change, read: product(change.read, factorsOf(heads, own, 0)) };
    case 'block':
      return { ...change, write: product(change.write, factorsOf(memories, ownMemories, 0)) };
    case 'scale': {
      const { what, factor } = intervention;
      const scaled = factorsOf(memories, ownMemories, factor);
      if (what === DECAY) return hasDecay ? { ...change, decay: product(change.decay, scaled) } : change;
      if (!signals.includes(what)) return change;
      return { ...change, signals: { ...change.signals, [what]: product(change.signals?.[what], scaled) } };
    }
    case 'patch':
      return change;
  }
}

/** What is changed while the token at a place is read; undefined for nothing. */
export function changeAt(
  facts: PlayFacts,
  interventions: readonly Intervention[],
  place: number,
): Change | undefined {
  const changes: Record<number, LayerChange> = {};
  for (const one of interventions) {
    if (one.kind === 'patch' || (one.kind === 'block' && one.token !== place)) continue;
    if (one.kind === 'scale' && one.token > place) continue;
    const heads = reached(facts, one);
    for (const layer of facts.layers) {
      const own = heads.filter((head) => head.layer === layer.layer).map(({ head }) => head);
      if (own.length === 0) continue;
      const changed = withOne(changes[layer.layer] ?? {}, layer, one, own);
      if (Object.keys(changed).length > 0) changes[layer.layer] = changed;
    }
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** The memories that are replaced, and before which token. */
export function patchesOf(facts: PlayFacts, interventions: readonly Intervention[]): readonly Patch[] {
  return interventions.flatMap((one) => {
    if (one.kind !== 'patch') return [];
    const { token: before, from } = one;
    const memories = new Map(
      reached(facts, one).flatMap(({ layer, head }) => {
        const own = layerFacts(facts, layer);
        return own ? [[`${layer}.${memoryOf(own, head)}`, { layer, memory: memoryOf(own, head) }]] : [];
      }),
    );
    return Array.from(memories.values(), (place) => ({ before, from, ...place }));
  });
}

/** The first token that changes touch; Infinity for none. */
export function firstChanged(interventions: readonly Intervention[]): number {
  return Math.min(...interventions.map((one) => ('token' in one ? one.token : 0)));
}

/** Whether two change the same thing, so that the later takes the place of the earlier. */
export function isSame(a: Intervention, b: Intervention): boolean {
  const key = (one: Intervention): unknown[] => [
    one.kind,
    one.kind !== 'scale' && 'token' in one ? one.token : undefined,
    one.kind === 'scale' ? one.what : undefined,
    one.reach,
    one.reach === 'all' ? undefined : one.at.layer,
    one.reach === 'head' ? one.at.head : undefined,
  ];
  return JSON.stringify(key(a)) === JSON.stringify(key(b));
}

/** The list with one more; a factor of 1 takes it out. */
export function withIntervention(
  list: readonly Intervention[],
  added: Intervention,
): readonly Intervention[] {
  const rest = list.filter((one) => !isSame(one, added));
  return added.kind === 'scale' && added.factor === 1 ? rest : [...rest, added];
}

const REACH_NAMES: Readonly<Record<Reach, (at: HeadPlace) => string>> = {
  head: headName,
  layer: ({ layer }) => `layer ${layer + 1}`,
  all: () => 'all heads',
};

/** A change in words; `nameOf` gives the token at a place. */
export function interventionName(one: Intervention, nameOf: (place: number) => string): string {
  const where = REACH_NAMES[one.reach](one.at);
  switch (one.kind) {
    case 'silence':
      return `silent: ${where}`;
    case 'block':
      return `write of ${nameOf(one.token)} blocked: ${where}`;
    case 'scale':
      return `${one.what} × ${one.factor}${one.token === 0 ? '' : ` from ${nameOf(one.token)} on`}: ${where}`;
    case 'patch':
      return `memory of “${one.text}” before ${nameOf(one.token)}: ${where}`;
  }
}
