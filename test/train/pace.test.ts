import { describe, expect, it } from 'vitest';
import type { CheckpointFolder, Job } from '../../train/job.js';
import { follow, kinds, quiet } from './followLoop.js';

describe('updates made together', () => {
  /** A job whose updates are told by number: those in `bad` are not applied. */
  const inGroups = (sizes: number[], bad: readonly number[] = []): Partial<Job> => ({
    updatesTogether: 4,
    updates: async (requests) => {
      sizes.push(requests.length);
      const first = requests.findIndex(({ t }) => bad.includes(t));
      const made = first < 0 ? requests : requests.slice(0, first + 1);
      return made.map(({ t }, i) => ({ loss: 1 / t, gradNorm: 1, applied: i !== first, position: t }));
    },
  });

  it('makes as many as the device gains by, up to what is due, the end, and the step to stop after', async () => {
    const sizes: number[] = [];
    const job = inGroups(sizes);
    const told = await follow({ train: { ...quiet, steps: 12, saveEvery: 5 } }, { job });
    expect(sizes).toEqual([1, 4, 4, 1, 2]);
    expect(kinds(told).filter((kind) => kind.startsWith('step'))).toHaveLength(12);
    const stopped: number[] = [];
    await follow({ train: { ...quiet, steps: 12 } }, { job: inGroups(stopped), stopAfter: 4 });
    expect(stopped).toEqual([1, 3]);
  });

  it('goes on after one that is not applied, or ends there and saves where the batches stood before', async () => {
    const sizes: number[] = [];
    const skipping = { train: { ...quiet, steps: 6, onNonFinite: 'skip' } } as const;
    let counted = 0;
    const bad = inGroups(sizes);
    // The second update of the second group is not applied, once.
    const updates: Job['updates'] = async (requests) => {
      const outcomes = await bad.updates!(requests);
      if (counted++ !== 1) return outcomes;
      return outcomes.slice(0, 2).map((outcome, i) => ({ ...outcome, applied: i === 0 }));
    };
    const told = await follow(skipping, { job: { ...bad, updates } });
    expect(kinds(told)).toEqual(
      expect.arrayContaining(['step 1', 'step 2', 'nonFinite 3', 'step 4', 'step 5', 'step 6']),
    );
    expect(sizes).toEqual([1, 4, 3]);

    const positions: unknown[] = [];
    const save: CheckpointFolder['save'] = async ({ step }, position) => {
      positions.push([step, position]);
      return `step ${step}`;
    };
    const ended = await follow(
      { train: { ...quiet, steps: 8 } },
      { job: inGroups([], [4]), folder: { save } },
    );
    expect(positions).toEqual([[3, 3]]);
    expect(String(ended.error)).toContain('train step 4: expected a finite loss');
  });
});
