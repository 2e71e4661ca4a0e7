import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { entries, fields, type FormCheck, list, optional, test, text } from '../../src/core/form.js';
import { isObject } from '../../src/core/isObject.js';
import { plugInKinds, type PlugInKind } from '../../src/core/registry.js';
import type { Project } from '../../src/project.js';
import { registerPreset } from '../../train/config/presets.js';
import { isRunFolder } from '../../train/runFolder.js';
import type { Output } from '../output.js';
import { kinds } from './kinds.js';
import { loadProjectFile, PROJECT_FILE } from './load.js';

const anything: FormCheck = () => [];
const group = test(isObject, 'a group of settings');

const FORM = fields({
  ...Object.fromEntries(plugInKinds.map((kind) => [kinds[kind].many, optional(list(anything))])),
  presets: optional(entries(fields({ title: text, config: group }))),
});

/** What is wrong with the form of a project; what is in it is checked where it is registered. */
export function projectIssues(exported: unknown): readonly string[] {
  return FORM(exported, 'config');
}

/** Every plug-in of a project with its kind. */
export function plugInsIn(project: unknown): readonly (readonly [PlugInKind, unknown])[] {
  const parts = project as Readonly<Record<string, readonly unknown[] | undefined>>; // by its form
  return plugInKinds.flatMap((kind) => (parts[kinds[kind].many] ?? []).map((part) => [kind, part] as const));
}

/**
 * Makes the presets of a project known.
 *
 * @throws ConfigError for a name that is taken.
 */
export function usePresets(project: unknown): void {
  const { presets = {} } = project as Project; // by its form
  for (const [name, preset] of Object.entries(presets)) registerPreset(name, preset);
}

/** A project file, or why the one that is there is left alone. */
interface Found {
  readonly path: string;
  readonly leftAlone?: string;
}

/** Whether a file is the user's own, as far as the system tells: another user's is not run. */
async function isOwn(path: string): Promise<boolean> {
  const me = process.getuid?.();
  if (me === undefined || me === 0) return true;
  const { uid } = await stat(path);
  return uid === me || uid === 0;
}

/**
 * The project file for a folder: in it, or in one above up to the nearest with a package.json or a .git, which is where
 * a project begins. Outside any project only the folder itself counts, and the home folder is the last that is looked
 * at. What lies in a run folder or a checkpoint is never run, nor what belongs to another user.
 */
export async function findProjectFile(folder: string, home = homedir()): Promise<Found | undefined> {
  let nearest: string | undefined;
  for (let at = resolve(folder); ; at = dirname(at)) {
    const names: readonly string[] = await readdir(at).catch(() => []);
    const name = names.find((each) => PROJECT_FILE.test(each));
    if (name !== undefined) nearest ??= join(at, name);
    const isRoot = names.includes('package.json') || names.includes('.git');
    if (isRoot || at === home || at === dirname(at)) {
      const inProject = isRoot || nearest === undefined || dirname(nearest) === resolve(folder);
      if (nearest === undefined || !inProject) return undefined;
      if (await isRunFolder(dirname(nearest))) {
        return { path: nearest, leftAlone: 'it lies in a run folder or checkpoint, whose code is never run' };
      }
      return (await isOwn(nearest))
        ? { path: nearest }
        : { path: nearest, leftAlone: 'it belongs to another user' };
    }
  }
}

/**
 * Reads the project file of the working folder, if there is one, and says so.
 *
 * @throws ConfigError for one that does not load, or whose parts break their contracts.
 */
export async function useProjectFile(output: Pick<Output, 'note'>): Promise<void> {
  const found = await findProjectFile('.');
  if (!found) return;
  const near = relative('.', found.path);
  const path = near.startsWith('.') ? near : `./${near}`;
  if (found.leftAlone !== undefined) {
    output.note(`${path} is not used: ${found.leftAlone}`);
    return;
  }
  const plugIns = await loadProjectFile(path);
  const parts = plugIns.map(({ kind, name }) => `${kind} ${name}`);
  output.note(`using ${path}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`);
}
