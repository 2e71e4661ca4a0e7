import { createRequire } from 'node:module';

/** What writes a checkpoint. */
export function versions(): Record<string, string> {
  const own: unknown = createRequire(import.meta.url)('pavlov-lm/package.json');
  const version =
    typeof own === 'object' && own !== null && 'version' in own ? String(own.version) : 'unknown';
  return { pavlov: version, node: process.version };
}
