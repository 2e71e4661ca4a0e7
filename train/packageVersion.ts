import { createRequire } from 'node:module';
import { isObject } from '../src/core/isObject.js';

/** The version of this package: another version may give other results for the same config. */
export function packageVersion(): string {
  const own: unknown = createRequire(import.meta.url)('pavlov-lm/package.json');
  return isObject(own) && 'version' in own ? String(own.version) : 'unknown';
}
