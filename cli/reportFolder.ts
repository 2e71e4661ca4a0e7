import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFault, isMissing } from '../src/checkpoint/diskFault.js';
import { makeFolderIn } from '../src/core/atomicFile.js';
import { ConfigError } from '../src/core/errors.js';
import { fewOf } from '../src/core/text.js';
import { readWhole } from '../src/core/wholeFile.js';

/** Whether a file is a JSON document with such fields. */
async function hasFields(path: string, fields: readonly string[]): Promise<boolean> {
  try {
    const value: unknown = JSON.parse(String(await readWhole(path)));
    return typeof value === 'object' && value !== null && fields.every((field) => field in value);
  } catch {
    return false;
  }
}

/** Refuses a folder with files, none of which is a document of the same kind as will be written. */
async function checkOwn(folder: string, fields: readonly string[]): Promise<void> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (isMissing(error)) return [];
    throw error;
  });
  if (names.length === 0) return;
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    if (await hasFields(join(folder, name), fields)) return;
  }
  throw new ConfigError(
    `--out: '${folder}' holds files that are not such results (${fewOf(names.sort())}); choose another folder`,
  );
}

/**
 * Makes a folder for results and sees that it takes files, before hours go into what is to be kept there.
 *
 * @param root a folder that the user named.
 * @param fields of the documents that are kept there: results of the same kind may be replaced, other files not.
 * @param names of the folders below it where that is not the one.
 * @throws ConfigError for a folder with other files; CheckpointError when it cannot be written.
 */
export async function openReportFolder(
  root: string,
  fields: readonly string[],
  ...names: readonly string[]
): Promise<void> {
  const folder = join(root, ...names);
  const probe = join(folder, `.writable.${process.pid}`);
  try {
    await checkOwn(folder, fields);
    await makeFolderIn(root, ...names);
    await writeFile(probe, '', { flag: 'wx' });
    await rm(probe);
  } catch (error) {
    throw diskFault(`folder for results ${folder}`, 'write to it (another is named with --out)', error);
  }
}
