import { readFile } from 'node:fs/promises';
import { diskFault, isMissing } from '../../src/checkpoint/diskFault.js';
import { replaceFile } from '../../src/core/atomicFile.js';
import { CheckpointError } from '../../src/core/errors.js';

/** Replaces a JSON file: a kill leaves the old one or the new one. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  try {
    await replaceFile(path, [`${JSON.stringify(value, null, 2)}\n`]);
  } catch (error) {
    throw diskFault(`grid file ${path}`, 'write it', error);
  }
}

/**
 * The value in a JSON file; `undefined` where there is no such file.
 *
 * @throws CheckpointError when it cannot be read or is no JSON.
 */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskFault(`grid file ${path}`, 'read it', error);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const got = `${text.slice(0, 40)}${text.length > 40 ? '...' : ''}`;
    throw new CheckpointError(
      `grid file ${path}: expected JSON, got '${got}'; delete it to run that part again`,
      {
        cause,
      },
    );
  }
}
