import { readFileSync } from 'node:fs';

/** What the command line says of its own package. */
interface OwnPackage {
  readonly version: string;
  readonly bugs: { readonly url: string };
}

/** The package.json of the package this file belongs to, whether run from source or from dist. */
export function ownPackage(): OwnPackage {
  const home = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  // The cast: package.json of this very package, which a test holds.
  return JSON.parse(readFileSync(new URL(home, import.meta.url), 'utf8')) as OwnPackage;
}
