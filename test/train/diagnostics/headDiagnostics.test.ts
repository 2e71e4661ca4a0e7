import { describe, expect, it } from 'vitest';
import {
  headDiagnostics,
  type BlockTraces,
  type BlockValues,
} from '../../../train/diagnostics/headDiagnostics.js';
import { MOST_GROWTH, stateNorms, warningsOf } from '../../../train/diagnostics/warnings.js';

const values = (shape: readonly number[], list: readonly number[]): BlockValues => ({
  shape,
  values: Float32Array.from(list),
});

/** Two rows of one memory of 2 x 2 and three tokens; the second row's document has two. */
const block: BlockTraces = {
  block: 4,
  bound: { quantity: 'beta |k|^2', bound: 2 },
  traces: {
    // One association of size 5, then two orthogonal ones of size 1.
    'state/S': values([2, 1, 2, 2], [3, 0, 4, 0, 0, 1, -1, 0]),
    'state/theta': values([2, 1, 2], [1, 3, 5, 7]),
    // Orthogonal keys; then keys at 60 degrees, and one of another document.
    keys: values([2, 1, 3, 2], [1, 0, 0, 2, 3, 0, 2, 0, 0.5, Math.sqrt(3) / 2, 0, 1]),
    norm: values([2, 1, 3], [1, 6, 5, 1, 2, 99]),
    stability: values([2, 1, 3], [0.5, 0.7, 0.6, 1.5, 0.2, 99]),
  },
};

describe('headDiagnostics', () => {
  it('measures each memory on the first document of each row', () => {
    const [head] = headDiagnostics(block, [3, 2]);
    expect(head).toEqual({
      block: 4,
      head: 0,
      largestStateNorm: 6,
      state: { theta: 4 },
      stateNorm: expect.closeTo((5 + Math.SQRT2) / 2, 6) as number,
      effectiveRank: expect.closeTo((1 + 2) / 2, 6) as number,
      keyInterference: expect.closeTo((0 + 0.5) / 2, 6) as number,
      stability: { quantity: 'beta |k|^2', bound: 2, largest: 1.5 },
    });
  });

  it('of rank 1 with orthogonal keys says rank 1 and interference 0, and leaves out rows of padding', () => {
    const [head] = headDiagnostics(block, [3, 0]);
    expect(head).toMatchObject({
      stateNorm: 5,
      largestStateNorm: 6,
      keyInterference: 0,
      state: { theta: 2 },
    });
    expect(head!.effectiveRank).toBeCloseTo(1, 9);
    expect(headDiagnostics(block, [0, 0])).toEqual([]);
  });

  it('keeps memories apart and has no bound where the rule has none', () => {
    const two: BlockTraces = {
      block: 0,
      bound: null,
      traces: {
        'state/S': values([1, 2, 1, 1], [2, -3]),
        keys: values([1, 2, 1, 1], [1, 1]),
        norm: values([1, 2, 1], [2, 3]),
      },
    };
    const heads = headDiagnostics(two, [1]);
    expect(
      heads.map(({ head, stateNorm, stability, state }) => ({ head, stateNorm, stability, state })),
    ).toEqual([
      { head: 0, stateNorm: 2, stability: null, state: {} },
      { head: 1, stateNorm: 3, stability: null, state: {} },
    ]);
  });

  it('compares 256 keys of a long document, evenly spread', () => {
    const T = 1024;
    // Each fourth key is on the first axis, the others on the second.
    const keys = Array.from({ length: T }, (_, t) => (t % 4 === 0 ? [1, 0] : [0, 1])).flat();
    const long = (list: number[]): BlockTraces => ({
      block: 0,
      bound: null,
      traces: {
        'state/S': values([1, 1, 1, 2], [1, 0]),
        keys: values([1, 1, T, 2], list),
        norm: values([1, 1, T], Array<number>(T).fill(1)),
      },
    });
    expect(headDiagnostics(long(keys), [T])[0]!.keyInterference).toBe(0);
    const turning = Array.from({ length: T }, (_, t) => [Math.cos(t), Math.sin(t)]).flat();
    expect(headDiagnostics(long(turning), [T])[0]!.keyInterference).toBeCloseTo(2 / Math.PI, 2);
  });
});

describe('warningsOf', () => {
  const [calm] = headDiagnostics(block, [3, 2]);
  const at = (head: number, largest: number, norm = 6) => ({
    ...calm!,
    head,
    largestStateNorm: norm,
    stability: { quantity: 'beta |k|^2', bound: 2, largest },
  });

  it('says nothing of memories within their bounds, on their bounds, or without any', () => {
    expect(warningsOf(5, [at(0, 1.9), at(1, 2.0001), { ...calm!, stability: null }])).toEqual([]);
  });

  it('names the head that is furthest above its bound, why that matters and what to do', () => {
    expect(warningsOf(5, [at(0, 2.1), at(1, 3.456), at(2, 1)])).toEqual([
      {
        kind: 'bound',
        block: 4,
        head: 1,
        value: 3.456,
        limit: 2,
        heads: 2,
        message:
          'step 5, block 4 head 1 (and 1 more): expected beta |k|^2 of at most 2, got 3.46; above it a write overshoots what it corrects ' +
          'and the memory can grow without end: lower optimizer.learningRate, or let the memory forget with another model.gate',
      },
    ]);
  });

  it('holds the largest state against the one before', () => {
    const before = stateNorms([at(0, 1, 2), at(1, 1, 2)]);
    expect(before).toEqual({ 'block 4 head 0': 2, 'block 4 head 1': 2 });
    expect(warningsOf(5, [at(0, 1, 2 * MOST_GROWTH), at(1, 1, 1)], before)).toEqual([]);
    expect(warningsOf(5, [at(0, 1, 1), at(1, 1, 50)], before)).toMatchObject([
      { kind: 'growth', block: 4, head: 1, value: 25, limit: MOST_GROWTH, heads: 1 },
    ]);
    expect(warningsOf(5, [at(0, 1, 50)], before)[0]!.message).toMatch(
      /^step 5, block 4 head 0: expected \|S\| to grow by at most 10 x between diagnostics, got 25 x \(2 to 50\); /,
    );
    expect(warningsOf(5, [at(0, 1, 50)])).toEqual([]);
  });

  it.each([NaN, Infinity])('tells a memory that is %d, and compares nothing with it later', (norm) => {
    const gone = at(0, NaN, norm);
    expect(warningsOf(5, [gone], stateNorms([at(0, 1)]))).toMatchObject([{ kind: 'notFinite', value: norm }]);
    expect(stateNorms([gone])).toEqual({});
  });
});
