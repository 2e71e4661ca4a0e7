import { rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  loadTestResult,
  loadTrainResult,
  readJsonFile,
  writeJsonFile,
} from '../experiments/grid/gridFolder.js';
import { CheckpointError, ConfigError } from '../src/core/errors.js';

/** Whoever runs a grid writes how it goes this often. */
const STATUS_EVERY_MS = 2000;

const live = z.strictObject({
  /** Process that runs the grid, and its machine. */
  process: z.string(),
  /** Cells under way: stage and part. */
  underWay: z.array(z.strictObject({ cell: z.string(), part: z.number() })).readonly(),
  /** Seconds to go at the pace of this session; null before anything was done in it. */
  secondsLeft: z.number().nullable(),
  workers: z.array(z.strictObject({ name: z.string(), jobs: z.number(), busy: z.number() })).readonly(),
});

/** What the process that runs a grid says of it. */
export type LiveStatus = Readonly<z.infer<typeof live>>;

/** How far a grid is. */
export interface GridStatus {
  readonly out: string;
  readonly cells: number;
  readonly trained: number;
  readonly tested: number;
  readonly failed: number;
  readonly diverged: number;
  readonly waiting: number;
  /** Absent where nothing has been heard of it for a while: the grid does not run, or a cluster runs it. */
  readonly live?: LiveStatus;
}

const listed = z.looseObject({ cells: z.array(z.looseObject({ cell: z.string() })) });

const liveFile = (out: string): string => join(out, 'status.json');

/** Keeps `status.json` of a grid while it runs; whoever asks sees by the age of the file when it does not. */
export function keepLive(
  out: string,
  live: () => Pick<LiveStatus, 'underWay' | 'secondsLeft'>,
  workers: () => Promise<LiveStatus['workers']> = () => Promise.resolve([]),
): { readonly end: () => void } {
  let telling: Promise<void> | undefined;
  const tell = async (): Promise<void> => {
    const status: LiveStatus = {
      process: `${process.pid} on ${hostname()}`,
      ...live(),
      workers: await workers(),
    };
    await writeJsonFile(liveFile(out), status);
  };
  const timer = setInterval(() => {
    // A disk that takes no status takes no results either, and that is what is reported.
    telling ??= tell()
      .catch(() => undefined)
      .finally(() => (telling = undefined));
  }, STATUS_EVERY_MS);
  const end = async (): Promise<void> => {
    clearInterval(timer);
    await telling;
    await rm(liveFile(out), { force: true });
  };
  return { end: () => void end().catch(() => undefined) };
}

async function readLive(out: string, now: number): Promise<LiveStatus | undefined> {
  const found = await stat(liveFile(out)).catch(() => undefined);
  // The file's clock is that of its disk; a few intervals are allowed for.
  if (!found || now - found.mtimeMs > 5 * STATUS_EVERY_MS) return undefined;
  const read = live.safeParse(await readJsonFile(liveFile(out)));
  if (read.success) return read.data;
  throw new CheckpointError(
    `grid status: ${liveFile(out)} is not what a grid says of itself; delete it, and a grid that runs writes it anew`,
  );
}

/**
 * Counts what is done in the folder of a grid.
 *
 * @throws ConfigError for a folder without a grid; CheckpointError for a damaged one.
 */
export async function gridStatus(out: string, now: number): Promise<GridStatus> {
  const grid = listed.safeParse(await readJsonFile(join(out, 'grid.json')));
  if (!grid.success)
    throw new ConfigError(
      `grid status: expected the folder of a grid, got ${out}, which has no list of cells`,
    );
  const results = await Promise.all(
    grid.data.cells.map(async ({ cell }) => {
      const folder = join(out, 'cells', cell);
      return { trained: await loadTrainResult(folder), tested: await loadTestResult(folder) };
    }),
  );
  const count = (is: (one: (typeof results)[number]) => boolean): number => results.filter(is).length;
  const running = await readLive(out, now);
  const ended = count(({ trained }) => trained !== undefined);
  return {
    out,
    cells: results.length,
    trained: count(({ trained }) => trained?.status === 'done'),
    tested: count(({ tested }) => tested?.status === 'done'),
    failed: count(({ trained, tested }) => trained?.status === 'failed' || tested?.status === 'failed'),
    diverged: count(({ trained }) => trained?.status === 'diverged'),
    waiting: results.length - ended - (running?.underWay.length ?? 0),
    ...(running && { live: running }),
  };
}
