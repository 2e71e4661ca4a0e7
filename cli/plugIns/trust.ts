import { appendFile, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { makeFolder } from '../../src/core/atomicFile.js';

/** What is known of the plug-ins that were trained with on this machine. */
export interface Trust {
  /** SHA-256 of their files and of the files these import, lower-case hexadecimal. */
  readonly hashes: ReadonlySet<string>;
  /** Why the list could not be read; nothing is trusted then. */
  readonly fault?: string;
}

/** The list of hashes. It lies outside every run folder: a checkpoint from elsewhere cannot bring its own. */
export function trustFile({ env, platform }: Pick<NodeJS.Process, 'env' | 'platform'> = process): string {
  const given = platform === 'win32' ? env.LOCALAPPDATA : env.XDG_STATE_HOME;
  // The XDG rules say to take no notice of a path that is not absolute.
  const state = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.local', 'state');
  return join(state, 'pavlov', 'trained-plug-ins');
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** Reads the list; one that is not there is empty, one that cannot be read trusts nothing. */
export async function readTrust(path = trustFile()): Promise<Trust> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n');
    return { hashes: new Set(lines.flatMap((line) => /^[0-9a-f]{64}(?=  |$)/.exec(line) ?? [])) };
  } catch (error) {
    const reason = reasonOf(error);
    const fault = reason === 'ENOENT' ? {} : { fault: `${path} cannot be read (${reason})` };
    return { hashes: new Set(), ...fault };
  }
}

/**
 * Adds files to the list, in the form of `sha256sum`; gives why it could not, in words.
 *
 * Lines are appended in one write, so that two trainings that start together lose none.
 */
export async function addTrust(
  files: ReadonlyMap<string, string>,
  path = trustFile(),
): Promise<string | undefined> {
  try {
    const { hashes } = await readTrust(path);
    const lines = [...files].filter(([, hash]) => !hashes.has(hash));
    if (lines.length === 0) return undefined;
    await makeFolder(dirname(path), 0o700);
    // A name with a line's end in it must not make a second line.
    const text = lines.map(([file, hash]) => `${hash}  ${JSON.stringify(file).slice(1, -1)}\n`).join('');
    await appendFile(path, text, { mode: 0o600 });
    return undefined;
  } catch (error) {
    return `${path} cannot be written (${reasonOf(error)})`;
  }
}
