import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { PROGRAM } from './pavlov.js';

/**
 * Starts a command that runs a grid, in a process group of its own, and kills all of the group once so many of its
 * stages were told to have ended.
 */
export async function killGroupAfter(args: readonly string[], ends: number): Promise<void> {
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const gone = once(child, 'exit');
  let seen = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString().split(' rate ').length - 1;
    if (seen >= ends && child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  const [, signal] = (await gone) as unknown[];
  expect(signal).toBe('SIGKILL');
}
