import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { startPavlov } from '../support/pavlov.js';

/** A command that takes long, and what may be left of it. */
export interface Long {
  readonly name: string;
  readonly args: (out: string) => readonly string[];
  /** The command that goes on with what an interrupted one has left; the same one unless given. */
  readonly again?: (out: string) => readonly string[];
  /** What it writes appears whole, and is not written again. */
  readonly appearsWhole?: boolean;
}

/** How one command went, in milliseconds. */
interface Course {
  readonly code: number | null;
  readonly signal: unknown;
  readonly text: string;
  readonly wholeMs: number;
  /** From the request to stop to the first word after it, or to the end where that is first; 0 where none came. */
  readonly answerMs: number;
  readonly exitMs: number;
  /** The longest time without a word before the request. */
  readonly silentMs: number;
}

/** Whether anything of the process group stays; what the same signal ends needs a moment to go. */
async function stays(child: ChildProcess): Promise<boolean> {
  try {
    for (let tries = 0; tries < 50; tries++) {
      process.kill(-(child.pid ?? 0), 0);
      await pause(100);
    }
    return true;
  } catch {
    return false;
  }
}

/** Runs a command; after a while sends SIGINT to its process group, as a terminal does. */
async function follow(args: readonly string[], interruptAfterMs?: number): Promise<Course> {
  const child = startPavlov(args, { detached: true });
  const start = performance.now();
  let [saidAt, silentMs, text] = [start, 0, ''];
  let requestedAt: number | undefined;
  let answeredAt: number | undefined;
  const hear = (): void => {
    const now = performance.now();
    if (requestedAt === undefined) silentMs = Math.max(silentMs, now - saidAt);
    else answeredAt ??= now;
    saidAt = now;
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      hear();
      text += String(chunk);
    });
  }
  const interrupt = (): void => {
    if (child.exitCode !== null) return;
    hear();
    requestedAt = performance.now();
    process.kill(-(child.pid ?? 0), 'SIGINT');
  };
  const timer = interruptAfterMs === undefined ? undefined : setTimeout(interrupt, interruptAfterMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, unknown];
  clearTimeout(timer);
  hear();
  expect(await stays(child), `whether a process of pavlov ${args.join(' ')} stays`).toBe(false);
  const since = (at: number): number => (requestedAt === undefined ? 0 : at - requestedAt);
  const timing = { wholeMs: saidAt - start, answerMs: since(answeredAt ?? saidAt), exitMs: since(saidAt) };
  return { code, signal, text, silentMs, ...timing };
}

/** What only a process that is under way has in its folder or beside it. */
const LITTER = /^run\.lock|^\.(saving|deleting|writable)|\.part$/;

function litterOf(out: string): readonly string[] {
  const inside = existsSync(out) ? readdirSync(out, { recursive: true, encoding: 'utf8' }) : [];
  const beside = readdirSync(dirname(out)).filter((name) => name.startsWith(`${basename(out)}.`));
  return [...inside, ...beside].filter((path) => LITTER.test(basename(path)));
}

export type Slowest = Pick<Course, 'wholeMs' | 'silentMs' | 'answerMs' | 'exitMs'>;

/**
 * Interrupts a command at so many random moments of the time that it takes, at most `mostMs`. Each time it ends by the
 * signal, with the exit code of an interrupt, or had been done; no process and no file that only a process under way has
 * stays behind, and the command that goes on from what is left comes to its end.
 */
export async function interruptAtRandom(
  { name, args, again = args, appearsWhole = false }: Long,
  folder: string,
  { count, seed, mostMs }: { readonly count: number; readonly seed: number; readonly mostMs: number },
): Promise<Slowest> {
  const rng = Rng.fromSeed(seed).derive(name);
  const pathOf = (n: number): string => join(folder, `${name.replaceAll(/\W+/g, '-')}-${n}`);
  const whole = await follow(args(pathOf(0)), mostMs);
  const isLong = whole.exitMs > 0;
  if (!isLong) expect(whole.code, `${name}: ${whole.text.slice(-1000)}`).toBe(0);
  const all = [whole];
  for (let n = 1; n <= count; n++) {
    const out = pathOf(n);
    const one = await follow(args(out), rng.uniform() * Math.min(whole.wholeMs, mostMs));
    const told = `${name}: ${one.text.slice(-1000)}`;
    expect([0, 130, 'SIGINT'], told).toContain(one.code ?? one.signal);
    expect(one.text, told).not.toMatch(/\n\s+at /);
    // What the system ends at once, where nothing is to be saved, may leave files that the next call takes away.
    if (one.signal === null) expect(litterOf(out), told).toEqual([]);
    all.push(one);
    if (isLong || !existsSync(out)) continue;
    if (appearsWhole) {
      const [found, wanted] = [out, pathOf(0)].map((path) => readdirSync(path, { recursive: true }).sort());
      expect(found, told).toEqual(wanted);
      continue;
    }
    const rest = await follow(again(out));
    expect([rest.code, litterOf(out)], `${name}, again: ${rest.text.slice(-1000)}`).toEqual([0, []]);
  }
  const most = (key: keyof Slowest): number => Math.max(...all.map((course) => course[key]));
  return {
    wholeMs: whole.wholeMs,
    silentMs: most('silentMs'),
    answerMs: most('answerMs'),
    exitMs: most('exitMs'),
  };
}
