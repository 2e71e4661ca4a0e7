import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Following } from '../work.js';
import type { SourceFile } from './corpus.js';
import { fileError } from './fileSlices.js';
import { checkIsFile } from '../../../src/core/wholeFile.js';

/**
 * Size and SHA-256 of a file, read as a stream.
 *
 * @throws DataError when it cannot be read; the signal's reason when aborted.
 */
export async function hashFile(path: string, { signal, onProgress }: Following = {}): Promise<SourceFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const found = await stat(path);
    checkIsFile(found);
    const total = found.size;
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
      const part = chunk as Buffer; // a stream without an encoding gives buffers
      hash.update(part);
      bytes += part.length;
      onProgress?.({ doing: `reading ${basename(path)}`, bytes, total });
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(path, error);
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/** SHA-256 of a JSON value, as hex. */
export function hashJson(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
