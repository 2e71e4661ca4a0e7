import type { Redis } from 'ioredis';
import { setTimeout } from 'node:timers/promises';
import { ConfigError } from '../../src/core/errors.js';
import { reasonOf } from '../../src/core/text.js';
import { shownAddress, withoutSecrets } from './address.js';

type BullMq = typeof import('bullmq');

/** Prefix of all keys on the server. */
export const PREFIX = 'pavlov';

/** A Redis or Valkey server that holds cells. */
export interface QueueServer {
  /** Its address without user and password, for messages. */
  readonly shown: string;
  /** For the keys beside those of the queue. */
  readonly redis: Redis;
  readonly bullmq: BullMq;
  /** Where BullMQ connects to; every connection waits for a server that is away. */
  readonly options: { readonly prefix: string; readonly connection: ConnectionSettings };
  readonly close: () => void;
}

interface ConnectionSettings {
  readonly url: string;
  /** Commands wait for a server that is away. */
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (times: number) => number;
}

const FIRST_ANSWER_MS = 5000;
const LONGEST_RETRY_MS = 2000;

async function packages(): Promise<{ readonly bullmq: BullMq; readonly Client: typeof Redis }> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Client: ioredis.Redis };
  } catch (cause) {
    throw new ConfigError(
      `--queue: expected the packages bullmq and ioredis, which are not installed with this one; run 'npm install bullmq ioredis'`,
      { cause },
    );
  }
}

/** Refuses a server that throws away what it has no memory for, or is too old. */
async function checkServer(redis: Redis, shown: string): Promise<void> {
  const info = await redis.info();
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const [major = 0, minor = 0] = field('redis_version').split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    throw new ConfigError(`queue ${shown}: expected Redis 6.2 or later, got ${field('redis_version')}`);
  const policy = field('maxmemory_policy');
  if (policy !== '' && policy !== 'noeviction')
    throw new ConfigError(
      `queue ${shown}: expected maxmemory-policy noeviction, got ${policy}, which may throw cells away; run 'redis-cli config set maxmemory-policy noeviction'`,
    );
}

/**
 * Connects to a server. A server that goes away later is waited for; `onNote` hears that it has gone, and that it is back.
 *
 * @throws ConfigError for a wrong address, packages that are not installed, or a server that does not answer.
 */
export async function openServer(url: string, onNote: (text: string) => void): Promise<QueueServer> {
  const shown = shownAddress(url);
  const { bullmq, Client } = await packages();
  const connection: ConnectionSettings = {
    url,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(LONGEST_RETRY_MS, 50 * 2 ** Math.min(times, 10)),
  };
  const redis = new Client(url, { ...connection });
  let reason = 'no answer';
  redis.on('error', (error: unknown) => (reason = withoutSecrets(reasonOf(error))));
  const ready = new Promise<true>((resolve) => redis.once('ready', () => resolve(true)));
  if (!(await Promise.race([ready, setTimeout(FIRST_ANSWER_MS, false, { ref: false })]))) {
    redis.disconnect();
    throw new ConfigError(
      `queue ${shown}: expected a Redis server that answers, got ${reason}; start it, or check address, password and TLS`,
    );
  }
  let closed = false;
  const close = (): void => {
    closed = true;
    redis.disconnect();
  };
  try {
    await checkServer(redis, shown);
  } catch (error) {
    close();
    throw error;
  }
  redis.on('close', () => {
    if (!closed) onNote(`queue ${shown} is away; waiting for it`);
  });
  redis.on('ready', () => onNote(`queue ${shown} is back`));
  return { shown, redis, bullmq, options: { prefix: PREFIX, connection }, close };
}
