import { expect, it } from 'vitest';
import {
  histogramsOf,
  type BlockTraces,
  type BlockValues,
} from '../../../train/diagnostics/headDiagnostics.js';

const values = (shape: readonly number[], list: readonly number[]): BlockValues => ({
  shape,
  values: Float32Array.from(list),
});

/** Three rows of two memories and three tokens; 9 stands for what is not of a first document. */
const block: BlockTraces = {
  block: 1,
  bound: null,
  traces: {
    'state/S': values([3, 2, 1, 1], [1, 2, 3, 4, 9, 9]),
    'state/theta': values([3, 2, 1], [1, 2, 3, 4, 9, 9]),
    'signal/beta': values([3, 2, 3], [1, 2, 9, 3, 4, 9, 5, 6, 7, 6, 5, 4, 9, 9, 9, 9, 9, 9]),
    decay: values([3, 2, 3, 2], [1, 2, 3, 4, 9, 9, 5, 6, 7, 8, 9, 9, ...new Array<number>(24).fill(0)]),
    norm: values([3, 2, 3], new Array<number>(18).fill(9)),
    keys: values([3, 2, 3, 1], new Array<number>(18).fill(9)),
  },
};

const named = (on: BlockTraces, lengths: readonly number[]): Record<string, number[]> =>
  Object.fromEntries(histogramsOf(on, lengths).map(([name, part]) => [name, [...part]]));

it('counts the first document of each row, and no later one or padding', () => {
  expect(named(block, [2, 3, 0])).toEqual({
    'theta/block 1/head 0': [1, 3],
    'theta/block 1/head 1': [2, 4],
    'beta/block 1/head 0': [1, 2, 5, 6, 7],
    'beta/block 1/head 1': [3, 4, 6, 5, 4],
    'decay/block 1/head 0': [1, 2, 3, 4, 0, 0, 0, 0, 0, 0],
    'decay/block 1/head 1': [5, 6, 7, 8, 0, 0, 0, 0, 0, 0],
  });
});

it('follows what is the same for all rows as long as the longest document', () => {
  const fixed = { ...block, traces: { decay: values([1, 2, 3], [1, 1, 1, 2, 2, 2]) } };
  expect(named(fixed, [1, 2, 0])).toEqual({
    'decay/block 1/head 0': [1, 1],
    'decay/block 1/head 1': [2, 2],
  });
});
