import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FROM_SOURCES, HOME, packageVersion } from '../../src/core/ownPackage.js';
import { isObject } from '../../src/core/isObject.js';

/** Folders of the sources whose code decides the result of a cell. A build is hashed whole: its files mix all folders. */
const ROOMS = ['src', 'data', 'train', 'eval', 'experiments'];
const HASH_LENGTH = 12;

let known: string | undefined;

/**
 * Version and code of this package, such as `0.1.0-3f6a09c2d1be`: a hash of all files that cells are run by, with the
 * version of ONNX Runtime. Two copies of the package with the same build give the same bytes on the same kind of processor.
 */
export function buildOf(): string {
  if (known !== undefined) return known;
  const ending = FROM_SOURCES ? '.ts' : '.js';
  const hash = createHash('sha256');
  const runtime: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
  hash.update(String(isObject(runtime) ? runtime.version : ''));
  for (const room of FROM_SOURCES ? ROOMS : ['.']) {
    const home = fileURLToPath(new URL(room, HOME));
    const names = readdirSync(home, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => each.endsWith(ending) && !each.endsWith('.d.ts')).sort())
      hash.update(`\0${room}/${name.replaceAll('\\', '/')}\0`).update(readFileSync(join(home, name)));
  }
  known = `${packageVersion()}-${hash.digest('hex').slice(0, HASH_LENGTH)}`;
  return known;
}
