import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';
import { explain } from '../../cli/failure.js';
import type { Rng } from '../../src/core/rng.js';

/** A whole number below n. */
export const below = (rng: Rng, n: number): number => Math.min(n - 1, Math.floor(rng.uniform() * n));

/** The bytes with one fault: some changed, cut off, added, left out, doubled or zeroed. */
export function damaged(bytes: Uint8Array, rng: Rng): Uint8Array {
  const at = below(rng, bytes.length);
  const length = 1 + below(rng, Math.min(64, bytes.length - at));
  const [head, piece, tail] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  const noise = Uint8Array.from({ length }, () => below(rng, 256));
  switch (below(rng, 6)) {
    case 0:
      return Buffer.concat([head, noise, tail]);
    case 1:
      return Uint8Array.from(head);
    case 2:
      return Buffer.concat([head, noise, piece, tail]);
    case 3:
      return Buffer.concat([head, tail]);
    case 4:
      return Buffer.concat([head, piece, piece, tail]);
    default:
      return Buffer.concat([head, new Uint8Array(length), tail]);
  }
}

/** What became of many damaged inputs. */
export interface Tally {
  readonly taken: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly memoryBytes: number;
}

const LONGEST_MS = 10_000;
const MOST_BYTES = 1e9;

/**
 * Tries so many damaged inputs, each with random numbers of its own. Each is taken or refused with a message: never
 * a stack, exit code 1, more than ten seconds, or more than a gigabyte.
 *
 * @param attempt true for an input that was taken; throws for one that was refused.
 */
export async function tryAll(
  rng: Rng,
  count: number,
  attempt: (rng: Rng, i: number) => Promise<unknown>,
): Promise<Tally> {
  let [taken, refused, slowestMs, memoryBytes] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    try {
      await attempt(rng.derive('input', i), i);
      taken++;
    } catch (error) {
      const { exitCode, message } = explain(error);
      expect([2, 3], `input ${i}: ${message}`).toContain(exitCode);
      expect(message, `input ${i}`).not.toMatch(/\n\s+at /);
      expect(message.length, `input ${i}`).toBeLessThan(10_000);
      refused++;
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
    memoryBytes = Math.max(memoryBytes, process.memoryUsage.rss());
  }
  // No speed is asserted, but that nothing hangs.
  expect(slowestMs).toBeLessThan(LONGEST_MS);
  expect(memoryBytes).toBeLessThan(MOST_BYTES);
  return { taken, refused, slowestMs, memoryBytes };
}
