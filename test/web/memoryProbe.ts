import { withTracer } from '../../eval/probes/memory.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { replay } from '../../web/index.js';
import { expect } from 'vitest';
import '../support/close.js';
import { playRun, type Settings } from './playRun.js';

/** More tokens than a graph of memories leaves out at once. */
const all = Array.from({ length: 36 }, (_, i) => (7 * i + (i % 5)) % 39);

const TOLERANCE = { rtol: 1e-3, atol: 1e-4 } as const;

const flat = (rows: readonly Iterable<number>[] = []): number[] => rows.flatMap((row) => [...row]);

/** Checks that shares and strengths of all heads are those of the memory probe, which runs whole sequences. */
export async function expectAsProbe(options: Settings, tokens: number = all.length): Promise<void> {
  const ids = all.slice(0, tokens);
  const { model, play } = await playRun(options);
  const engine = await createEngine({ threads: 1 });
  const { heads } = await withTracer({ engine, model }, (trace) => trace(ids));
  const steps = await replay(play, ids);
  const found = [await play.shares(steps, 0), await play.shares(steps, 1)];
  expect(heads.length).toBe(4);
  for (const [i, probe] of heads.entries()) {
    const { shares, strengths } = found[Math.floor(i / 2)]!;
    expect(shares[i % 2]!.map((row) => row.length)).toEqual(probe.shares.map((row) => row.length));
    expect(flat(shares[i % 2])).toBeAllClose(flat(probe.shares), TOLERANCE);
    expect(flat(strengths[i % 2])).toBeAllClose(flat(probe.strengths), TOLERANCE);
  }
  await play.dispose();
  await engine.dispose();
  model.dispose();
}
