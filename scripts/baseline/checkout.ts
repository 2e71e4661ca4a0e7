import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import type * as Library from '../../src/index.js';

/** What one comparison is about: exact bytes, and the numbers to judge by where the bytes differ. */
export interface Entry {
  readonly hash: string;
  /** Groups of numbers that share a scale (one a tensor): base64 of little-endian float64 values. */
  readonly groups: readonly string[];
}

export type Entries = Record<string, Entry>;

/** A built checkout with the names it uses. */
export interface Checkout {
  readonly root: string;
  readonly main: string;
  readonly library: typeof Library;
  /** Settings of the smoke preset by path. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Folder that all runs are made in. */
export const scratch = mkdtempSync(join(tmpdir(), 'pavlov-baseline-'));
process.on('exit', () => {
  rmSync(scratch, { recursive: true, force: true });
});

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
export const entryOf = (hash: string, ...groups: readonly (readonly number[])[]): Entry => {
  return {
    hash,
    groups: groups.map((group) => Buffer.from(Float64Array.from(group).buffer).toString('base64')),
  };
};
export const numbersOf = (group: string): Float64Array => {
  return new Float64Array(Uint8Array.from(Buffer.from(group, 'base64')).buffer);
};

export function pavlov({ main }: Pick<Checkout, 'main'>, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: scratch,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`pavlov ${args.join(' ')}: exit ${String(status)}\n${stderr}`);
  return stdout;
}

export async function openCheckout(root: string): Promise<Checkout> {
  const main = join(root, 'dist/cli/main.js');
  if (!existsSync(main))
    throw new Error(`expected a built checkout in ${root}, got no ${main}; run npm run build there`);
  const library = (await import(pathToFileURL(join(root, 'dist/src/index.js')).href)) as typeof Library;
  const settings = parse(pavlov({ main }, ['config', '--preset', 'smoke'])) as Checkout['settings'];
  return { root, main, library, settings };
}

/** The flag that the help of a verb names, of several spellings. */
export function flagOf(checkout: Checkout, verb: string, spellings: readonly string[]): string {
  const help = pavlov(checkout, [verb, '--help']);
  const found = spellings.find((flag) => help.includes(`${flag} <`));
  if (!found) throw new Error(`pavlov ${verb}: expected one of ${spellings.join(', ')} in its help`);
  return found;
}

/** `--set section.name=value` under the first name that the checkout has. */
export function setting(
  { settings }: Checkout,
  section: string,
  names: readonly string[],
  value: unknown,
): readonly string[] {
  const name = names.find((candidate) => Object.hasOwn(settings[section] ?? {}, candidate));
  if (!name) throw new Error(`expected one of ${names.join(', ')} among the settings of '${section}'`);
  return ['--set', `${section}.${name}=${String(value)}`];
}
