import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { temporaryFolder } from './folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of this test file: what is trained with in tests is not to be remembered for the user. */
const STATE = temporaryFolder();

/** Whether dist is of the sources as they are. What is built starts in a third of the time of the sources. */
export const IS_BUILT: boolean =
  spawnSync(process.execPath, [join(ROOT, 'scripts/build.mjs'), '--check']).status === 0;

/** Arguments of Node that start the command line: as it is built where that is of these sources, else from them. */
export const PROGRAM: readonly string[] = IS_BUILT
  ? [join(ROOT, 'dist/cli/main.js')]
  : ['--import', import.meta.resolve('tsx'), join(ROOT, 'cli/main.ts')];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** Without lines on how far the work is, of which the number depends on the time that it takes. */
  readonly stderr: string;
}

const withoutProgress = (stderr: string): string => stderr.replaceAll(/^\.\.\. .*\n/gm, '');

export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In a process group of its own. */
  readonly detached?: boolean;
  /** Descriptors of files instead of pipes. */
  readonly stdout?: number;
  readonly stderr?: number;
}

/** Starts the command line, with pipes for all streams. */
export function startPavlov(
  args: readonly string[],
  { cwd, env = {}, detached = false, stdout, stderr }: SpawnOptions = {},
): ChildProcess {
  return spawn(process.execPath, [...PROGRAM, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: STATE, ...env },
    stdio: ['ignore', stdout ?? 'pipe', stderr ?? 'pipe'],
    detached,
  });
}

/** What a started process printed and how it ended. */
export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => (texts[name] += chunk));
    }
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout: texts.stdout, stderr: withoutProgress(texts.stderr) }),
    );
  });
}

/** The address that a server says it has. */
export async function addressOf(child: ChildProcess): Promise<string> {
  for await (const text of child.stdout!) {
    const [found] = /http:\/\/\S+:\d+/.exec(String(text)) ?? [];
    if (found !== undefined) return found;
  }
  throw new Error('the server has ended');
}

/** Runs one command line to its end. */
export function pavlov(args: readonly string[], options?: SpawnOptions): Promise<Ended> {
  return ended(startPavlov(args, options));
}

/**
 * Runs one command line in this process, which saves starting another; its streams are caught. For verbs that
 * neither listen to signals nor stream.
 */
export async function pavlovHere(args: readonly string[]): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      texts[name] += String(chunk);
      return true;
    }),
  );
  try {
    // Here, so that files of tests that only start processes do not import the program.
    const { execute } = await import('../../cli/program.js');
    const code = await execute(args);
    return { code, stdout: texts.stdout, stderr: withoutProgress(texts.stderr) };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
