import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { temporaryFolder } from './folder.js';

/** Whether Debian's redis-server, or another, is installed. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A server of this test file's own that keeps what it is told in an append-only file. */
export interface TestRedis {
  readonly url: () => string;
  readonly port: () => number;
  /** Ends it as a power cut does. */
  readonly kill: () => Promise<void>;
  /** Starts it again with what it has kept. */
  readonly start: () => Promise<void>;
}

/** A server that is yet to be started, and ends with the test file. */
export function testRedis(): TestRedis {
  const dir = temporaryFolder();
  let [port, child]: [number, ChildProcess | undefined] = [0, undefined];
  const start = async (): Promise<void> => {
    port ||= await freePort();
    child = spawn(
      'redis-server',
      ['--port', String(port), '--dir', dir, '--bind', '127.0.0.1', '--appendonly', 'yes', '--save', ''],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const { stdout } = child;
    if (!stdout) throw new Error('a pipe was asked for');
    for await (const chunk of stdout.iterator({ destroyOnReturn: false }))
      if (String(chunk).includes('Ready to accept')) break;
    stdout.resume();
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  afterAll(kill);
  return { url: () => `redis://127.0.0.1:${port}`, port: () => port, kill, start };
}
