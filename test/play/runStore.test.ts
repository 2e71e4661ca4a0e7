import { beforeEach, describe, expect, it } from 'vitest';
import '../support/close.js';
import { RunStore } from '../../play/runStore.js';
import type { Intervention } from '../../play/view/changes.js';
import { type PlayModel, replay } from '../../web/index.js';
import { playRun } from '../web/playRun.js';

const { play } = await playRun({ rule: 'delta', gate: 'scalar' });
const OPTIONS = { prompt: '\u0003\u0001\u0004', tokens: 5, temperature: 0, seed: 1 };
const END = 37;
const HEAD = { layer: 0, head: 1 };
const BLOCK: Intervention = { kind: 'block', token: 2, at: HEAD, reach: 'head' };

/** The model of the tests, whose tokens are below 39: its end of text is one that it does not draw. */
const model: PlayModel = Object.assign(Object.create(play) as PlayModel, {
  tokenizer: Object.assign(Object.create(play.tokenizer) as PlayModel['tokenizer'], { endOfText: END }),
});

const idsOf = (store: RunStore): number[] => store.state.steps.map(({ id }) => id);

let store: RunStore;
beforeEach(() => {
  store = new RunStore(model);
});

describe('a run that is played with', () => {
  it('reads the start and the prompt, then takes the most probable tokens, one after the other', async () => {
    const seen: number[] = [];
    store.listen(() => seen.push(store.state.steps.length));
    await store.write(OPTIONS);
    const { steps, given, token, busy } = store.state;
    expect([given, token, busy, steps.length]).toEqual([4, 8, undefined, 9]);
    expect(idsOf(store).slice(0, 4)).toEqual([END, 3, 1, 4]);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBe(steps.length + 1);
    for (const [i, { id }] of steps.slice(4).entries()) {
      const { logits } = steps[i + 3]!;
      expect(logits[id]).toBe(Math.max(...logits));
    }
    const again = await replay(model, idsOf(store));
    expect(steps.map(({ logits }) => [...logits])).toEqual(again.map(({ logits }) => [...logits]));
  });

  it('reads the text again under changes, from the first token that they touch on', async () => {
    await store.write(OPTIONS);
    await store.change(BLOCK);
    const { steps, changed } = store.state;
    const changeAt = (place: number) => (place === 2 ? { 0: { write: [1, 0] } } : undefined);
    const wanted = await replay(model, idsOf(store), { changeAt });
    expect(changed?.map(({ logits }) => [...logits])).toEqual(wanted.map(({ logits }) => [...logits]));
    expect(changed?.[1]).toBe(steps[1]);
    expect(changed?.[3]?.logits).not.toEqual(steps[3]?.logits);
    await store.changeTo([]);
    expect(store.state.changed).toBeUndefined();
  });

  it('puts the memory of another text in place of its own', async () => {
    await store.write(OPTIONS);
    await store.patch('\u0008\u0007', { token: 3, at: HEAD, reach: 'head' });
    const from = (await replay(model, [END, 8, 7])).at(-1)!.state;
    const wanted = await replay(model, idsOf(store), { patches: [{ before: 3, layer: 0, memory: 1, from }] });
    expect(store.state.changed?.at(-1)?.logits).toEqual(wanted.at(-1)?.logits);
  });

  it('writes on under changes, and leaves the text as it is', async () => {
    await store.write(OPTIONS);
    await store.change({ kind: 'silence', at: HEAD, reach: 'all' });
    const { steps } = store.state;
    store.look(3);
    await store.goOn();
    expect(store.state.steps).toBe(steps);
    expect(store.state.continuation).toHaveLength(OPTIONS.tokens);
  });

  it('takes back changes of single tokens with the text they were of, and keeps the others', async () => {
    await store.write(OPTIONS);
    await store.change(BLOCK);
    const silence: Intervention = { kind: 'silence', at: HEAD, reach: 'head' };
    await store.change(silence);
    await store.write({ ...OPTIONS, prompt: '\u0005' });
    expect(store.state.interventions).toEqual([silence]);
    expect(store.state.changed).toHaveLength(store.state.steps.length);
  });

  it('stops when it is told to, and lets the later of two texts win', async () => {
    const first = store.write({ ...OPTIONS, tokens: 30 });
    const ignore = store.listen(() => {
      if (store.state.steps.length < 6) return;
      ignore();
      store.stop();
    });
    await first;
    expect(store.state.steps).toHaveLength(6);
    await Promise.all([store.write(OPTIONS), store.write({ ...OPTIONS, prompt: '\u0009' })]);
    expect(idsOf(store)[1]).toBe(9);
  });

  it('says what went wrong, and goes on', async () => {
    await store.write({ ...OPTIONS, temperature: -1 });
    expect(store.state.error).toMatch('sample.temperature: expected');
    expect(store.state.busy).toBeUndefined();
    await store.write(OPTIONS);
    expect(store.state.error).toBeUndefined();
  });

  it('finds what is owed to each token once, of the changed text where there is one', async () => {
    await store.write(OPTIONS);
    const { traced, steps } = store.state;
    expect(traced?.of).toBe(steps);
    await store.choose({ layer: 0, head: 0 });
    expect(store.state.traced).toBe(traced);
    await store.change(BLOCK);
    expect(store.state.traced?.of).toBe(store.state.changed);
    expect(store.state.traced?.shares.shares[1]?.[4]?.[2]).toBeCloseTo(0, 5);
    await store.choose({ layer: 1, head: 0 });
    expect(store.state.traced?.layer).toBe(1);
  });

  it('comes to rest after many changes in quick succession, with the last of them', async () => {
    await store.write(OPTIONS);
    await store.change(BLOCK);
    const factors = [0.9, 0.8, 0.7].map((factor) =>
      store.change({ kind: 'scale', what: 'beta', factor, token: 0, at: HEAD, reach: 'head' }),
    );
    await Promise.all([...factors, store.choose({ layer: 1, head: 1 })]);
    const { busy, interventions, changed, traced } = store.state;
    expect(busy).toBeUndefined();
    expect(interventions.flatMap((one) => (one.kind === 'scale' ? [one.factor] : []))).toEqual([0.7]);
    const changeAt = (place: number) => ({
      0: { signals: { beta: [1, 0.7] }, ...(place === 2 && { write: [1, 0] }) },
    });
    const wanted = await replay(model, idsOf(store), { changeAt });
    expect(changed?.at(-1)?.logits).toEqual(wanted.at(-1)?.logits);
    expect([traced?.of, traced?.layer]).toEqual([changed, 1]);
  });
});
