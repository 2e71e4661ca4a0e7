import { z } from 'zod';
import { canonicalJson } from '../grid/cellHash.js';
import type { Cell } from '../grid/contract.js';
import { plugInsOf } from '../../train/config/plugIns.js';
import { valueAt } from '../../src/core/valueAt.js';
import { buildOf } from './build.js';
import { PREFIX, type QueueServer } from './server.js';

/*
 * Cells lie in queues by what they need of a worker, and a worker takes from those alone whose needs it meets: of the
 * same build, with its --allow-code, with the text. So no worker is ever given a cell that it cannot run.
 *
 *   pavlov:workers                     names of workers
 *   pavlov:worker:<id>                 what a worker says of itself, again and again: it expires with the lease
 *   pavlov:wanted:<build>              needs by queue
 *   pavlov:data:<fingerprint>          files of a text that was pushed
 */

const text = z.strictObject({
  fingerprint: z.string(),
  /** Where the caller has it. */
  source: z.string(),
  textColumn: z.string().nullable(),
});

const needs = z.strictObject({
  /** Whether it runs code of the user's own. */
  code: z.boolean(),
  text: text.nullable(),
  /** The one worker that has its checkpoint. */
  on: z.string().nullable(),
});

/** What a cell needs of a worker. */
export type Needs = Readonly<z.infer<typeof needs>>;

const worker = z.strictObject({
  id: z.string(),
  host: z.string(),
  build: z.string(),
  /** Cells at a time, and those under way. */
  jobs: z.int(),
  busy: z.int(),
  allowsCode: z.boolean(),
  /** Folder that it shares with others. */
  shared: z.string().nullable(),
  /** Queues it takes cells from. */
  takes: z.array(z.string()),
  /** Why it does not take from others, by queue. */
  lacks: z.record(z.string(), z.string()),
});

/** What a worker says of itself. */
export type WorkerFacts = Readonly<z.infer<typeof worker>>;

/** What a cell needs of any worker. */
export function needsOf({ config, text: fingerprint }: Cell): Needs {
  const [source, textColumn] = [valueAt(config, ['data', 'source']), valueAt(config, ['data', 'textColumn'])];
  return {
    code: plugInsOf(config).length > 0,
    text:
      fingerprint === undefined
        ? null
        : {
            fingerprint,
            source: String(source),
            textColumn: typeof textColumn === 'string' ? textColumn : null,
          },
    on: null,
  };
}

/** The queue of cells with these needs, for workers of this build. */
export function queueOf({ code, text: set, on }: Needs): string {
  const parts = [set && `text-${set.fingerprint.slice(0, 16)}`, code ? 'code' : null, on && `on-${on}`];
  return [buildOf(), ...parts.filter((part) => part !== null)].join('~');
}

const wantedKey = (): string => `${PREFIX}:wanted:${buildOf()}`;
const workerKey = (id: string): string => `${PREFIX}:worker:${id}`;
const WORKERS = `${PREFIX}:workers`;
/** What nobody asks for any longer is forgotten. */
const WANTED_SECONDS = 7 * 24 * 3600;

/** Lets workers know of a queue. */
export async function announce({ redis }: QueueServer, wanted: Needs): Promise<void> {
  await redis.hset(wantedKey(), queueOf(wanted), canonicalJson({ ...wanted }));
  await redis.expire(wantedKey(), WANTED_SECONDS);
}

/** The queues that workers of this build were let known of. */
export async function announced({ redis }: QueueServer): Promise<ReadonlyMap<string, Needs>> {
  const all = Object.entries(await redis.hgetall(wantedKey()));
  return new Map(all.map(([queue, json]) => [queue, needs.parse(JSON.parse(json))]));
}

/** Lets callers know of a worker for so long, after which it counts as gone. */
export async function sayHere({ redis }: QueueServer, facts: WorkerFacts, ms: number): Promise<void> {
  await redis
    .multi()
    .set(workerKey(facts.id), JSON.stringify(facts), 'PX', ms)
    .sadd(WORKERS, facts.id)
    .exec();
}

/** Lets callers know that a worker ends. */
export async function sayGone({ redis }: QueueServer, id: string): Promise<void> {
  await redis.multi().del(workerKey(id)).srem(WORKERS, id).exec();
}

/** The workers that are connected, of whatever build. */
export async function workersHere({ redis }: QueueServer): Promise<readonly WorkerFacts[]> {
  const ids = await redis.smembers(WORKERS);
  if (ids.length === 0) return [];
  const texts = await redis.mget(ids.map(workerKey));
  const gone = ids.filter((_, i) => texts[i] === null);
  // One that comes back puts itself there again.
  if (gone.length > 0) await redis.srem(WORKERS, ...gone);
  return texts.flatMap((json) => {
    // What another version says of itself may have another form: its build is all that is needed of it.
    const said: unknown = json === null ? undefined : JSON.parse(json);
    const parsed = worker.safeParse(said);
    if (parsed.success) return [parsed.data];
    const build = z.object({ build: z.string(), id: z.string(), host: z.string() }).safeParse(said);
    if (!build.success) return [];
    return [{ ...build.data, jobs: 0, busy: 0, allowsCode: false, shared: null, takes: [], lacks: {} }];
  });
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Why nobody takes cells with these needs, in words; undefined where somebody does. */
export function whyNobody(
  server: QueueServer,
  wanted: Needs,
  workers: readonly WorkerFacts[],
): string | undefined {
  const queue = queueOf(wanted);
  if (workers.some(({ takes }) => takes.includes(queue))) return undefined;
  const same = workers.filter(({ build }) => build === buildOf());
  const where = `queue ${server.shown}`;
  if (same.length === 0) {
    const others = [...new Set(workers.map(({ build }) => build))];
    if (others.length === 0)
      return `${where}: cells wait for a worker, and none is connected; start one with 'pavlov worker --queue ...'`;
    return `${where}: cells wait for a worker of this build (${buildOf()}), and ${counted(workers.length, 'worker')} of another (${others.join(', ')}) ${workers.length === 1 ? 'is' : 'are'} connected; install the same package on both sides`;
  }
  const reasons = same.flatMap(({ host, lacks }) => {
    const reason = lacks[queue];
    return reason === undefined ? [] : [`the worker on ${host} ${reason}`];
  });
  // A worker that has not yet looked says so within a few seconds.
  return reasons.length === 0 ? undefined : `${where}: cells wait: ${reasons.join('; ')}`;
}
