import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { temporaryFolder } from './folder.js';

/** Whether Debian's redis-server, or another, is installed. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
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
  /** What a program needs in its environment to trust the server. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends it as a power cut does. */
  readonly kill: () => Promise<void>;
  /** Starts it again with what it has kept. */
  readonly start: () => Promise<void>;
}

/** Certificate and key of a server on this machine, signed by itself. */
function selfSigned(dir: string): { readonly certificate: string; readonly key: string } {
  const [certificate, key] = [join(dir, 'server.pem'), join(dir, 'server.key')];
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`
      .split(' ')
      .concat('-keyout', key, '-out', certificate),
  );
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${String(made.stderr)}`);
  return { certificate, key };
}

/**
 * A server that is yet to be started, and ends with the test file; with a password it speaks TLS alone, and one that forgets
 * has no append-only file.
 */
export function testRedis({
  password,
  forgets = false,
}: { readonly password?: string; readonly forgets?: boolean } = {}): TestRedis {
  const dir = temporaryFolder();
  let [port, child]: [number, ChildProcess | undefined] = [0, undefined];
  const tls = password === undefined ? undefined : selfSigned(dir);
  const portFlags = (): string[] =>
    tls === undefined
      ? ['--port', String(port)]
      : [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
          ...['--tls-cert-file', tls.certificate, '--tls-key-file', tls.key],
          ...['--tls-ca-cert-file', tls.certificate, '--requirepass', password ?? ''],
        ];
  const start = async (): Promise<void> => {
    port ||= await freePort();
    child = spawn(
      'redis-server',
      [
        ...[...portFlags(), '--dir', dir, '--bind', '127.0.0.1'],
        ...['--appendonly', forgets ? 'no' : 'yes', '--save', ''],
      ],
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
  const url = (): string =>
    password === undefined ? `redis://127.0.0.1:${port}` : `rediss://:${password}@127.0.0.1:${port}`;
  return { url, port: () => port, kill, start, env: tls ? { NODE_EXTRA_CA_CERTS: tls.certificate } : {} };
}
