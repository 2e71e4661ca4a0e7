import { describe, expect, it } from 'vitest';
import {
  changeAt,
  firstChanged,
  interventionName,
  patchesOf,
  withIntervention,
  type Intervention,
} from '../../play/view/changes.js';
import type { PlayFacts } from '../../web/index.js';

const layer = { keySize: 3, valueSize: 2, writes: 1, rule: 'delta', gate: 'scalar', hasDecay: true };

/** The first layer has two heads to a memory, the other a memory for each, no signals and no decay. */
const FACTS: PlayFacts = {
  name: 'run',
  rule: 'delta',
  gate: 'scalar',
  parameters: 1,
  step: 1,
  layers: [
    { ...layer, layer: 0, heads: 4, memories: 2, signals: ['beta'] },
    { ...layer, layer: 2, heads: 2, memories: 2, signals: [], hasDecay: false },
  ],
};
const FROM = { count: 1, values: [] };
const scale = (factor: number, what = 'beta', token = 0): Intervention => ({
  kind: 'scale',
  what,
  factor,
  token,
  at: { layer: 0, head: 0 },
  reach: 'head',
});

describe('changes', () => {
  it('silence one head, or all of a layer, or all', () => {
    const at = { layer: 0, head: 1 };
    expect(changeAt(FACTS, [{ kind: 'silence', at, reach: 'head' }], 5)).toEqual({
      0: { read: [1, 0, 1, 1] },
    });
    expect(changeAt(FACTS, [{ kind: 'silence', at, reach: 'layer' }], 5)).toEqual({
      0: { read: [0, 0, 0, 0] },
    });
    expect(changeAt(FACTS, [{ kind: 'silence', at, reach: 'all' }], 5)).toEqual({
      0: { read: [0, 0, 0, 0] },
      2: { read: [0, 0] },
    });
  });

  it('block a write at its token only, in the memory that the head reads', () => {
    const block: Intervention = { kind: 'block', token: 3, at: { layer: 0, head: 2 }, reach: 'head' };
    expect(changeAt(FACTS, [block], 3)).toEqual({ 0: { write: [1, 0] } });
    expect(changeAt(FACTS, [block], 4)).toBeUndefined();
  });

  it('scale from a token on, of which another factor takes the place', () => {
    const from = scale(0.5, 'beta', 3);
    expect(changeAt(FACTS, [from], 2)).toBeUndefined();
    for (const place of [3, 4])
      expect(changeAt(FACTS, [from], place)).toEqual({ 0: { signals: { beta: [0.5, 1] } } });
    expect(firstChanged([from])).toBe(3);
    expect(withIntervention([from], scale(0.7))).toEqual([scale(0.7)]);
    const nameOf = (place: number): string => `token ${place}`;
    expect(interventionName(from, nameOf)).toBe('beta × 0.5 from token 3 on: layer 1, head 1');
  });

  it('scale signals and the decay of layers that have them, and of no other', () => {
    expect(changeAt(FACTS, [{ ...scale(0.5), reach: 'all' }], 0)).toEqual({
      0: { signals: { beta: [0.5, 0.5] } },
    });
    expect(changeAt(FACTS, [{ ...scale(0, 'decay'), reach: 'all' }], 0)).toEqual({ 0: { decay: [0, 0] } });
  });

  it('of one thing at two reaches multiply', () => {
    const list = [scale(0.5), { ...scale(0.5), reach: 'layer' as const }];
    expect(changeAt(FACTS, list, 0)).toEqual({ 0: { signals: { beta: [0.25, 0.5] } } });
  });

  it('patch each memory once, however many heads read it', () => {
    const at = { layer: 0, head: 3 };
    const patch: Intervention = { kind: 'patch', token: 4, text: 'a dog', from: FROM, at, reach: 'layer' };
    expect(patchesOf(FACTS, [patch])).toEqual([
      { before: 4, from: FROM, layer: 0, memory: 0 },
      { before: 4, from: FROM, layer: 0, memory: 1 },
    ]);
    expect(changeAt(FACTS, [patch], 4)).toBeUndefined();
  });

  it('take the place of an earlier one of the same thing, and go with a factor of 1', () => {
    const one = withIntervention(withIntervention([], scale(0.5)), scale(0.2));
    expect(one).toEqual([scale(0.2)]);
    expect(withIntervention(one, scale(1))).toEqual([]);
  });

  it('touch the text from their first token on', () => {
    const at = { layer: 0, head: 0 };
    const block: Intervention = { kind: 'block', token: 3, at, reach: 'head' };
    expect(firstChanged([])).toBe(Infinity);
    expect(firstChanged([block, { ...block, token: 7 }])).toBe(3);
    expect(firstChanged([block, { kind: 'silence', at, reach: 'head' }])).toBe(0);
  });

  it('are said in words', () => {
    const block: Intervention = { kind: 'block', token: 3, at: { layer: 0, head: 1 }, reach: 'head' };
    const name = interventionName(block, (place) => `${place} “dog”`);
    expect(name).toBe('write of 3 “dog” blocked: layer 1, head 2');
  });
});
