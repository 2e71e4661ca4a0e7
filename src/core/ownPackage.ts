import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What the program says of its own package. */
interface OwnPackage {
  readonly version: string;
  readonly bugs: { readonly url: string };
}

const load = createRequire(import.meta.url);
/** The package finds itself by its own name: the build moves code between files, so no file knows where it is. */
const MANIFEST = 'pavlov-lm/package.json';
const ROOT = new URL('.', pathToFileURL(load.resolve(MANIFEST)));

/** Whether this runs from the TypeScript sources, not as built. */
export const FROM_SOURCES: boolean = import.meta.url.endsWith('.ts');

/** The package.json of this package. */
export function ownPackage(): OwnPackage {
  return load(MANIFEST) as OwnPackage; // a test holds it
}

/** The version of this package: another version may give other results for the same config. */
export function packageVersion(): string {
  return ownPackage().version;
}

/** The folder with all that the build makes, as a URL that ends with a slash. */
export const BUILD = new URL('dist/', ROOT);

/** The folder of the code that runs: the sources, or the build. A URL that ends with a slash. */
export const HOME: URL = FROM_SOURCES ? ROOT : BUILD;

/**
 * A module of this package that is started or imported by its address, by its path from the root without an ending:
 * `ownModule('cli/main')`. The build reads these calls: each is an entry of its own.
 */
export function ownModule(path: string): URL {
  return new URL(`${path}.${FROM_SOURCES ? 'ts' : 'js'}`, HOME);
}
