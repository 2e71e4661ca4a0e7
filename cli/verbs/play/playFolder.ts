import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExportFile } from '../../../export/index.js';
import { isMissing } from '../../../src/checkpoint/diskFault.js';
import { ConfigError } from '../../../src/core/errors.js';
import { BUILD } from '../../../src/core/ownPackage.js';

/** Where the build puts the page, whether this runs from source or from dist. */
const PAGE = fileURLToPath(new URL('play/', BUILD));

/**
 * The files of the page.
 *
 * @throws ConfigError where the package was not built.
 */
export async function pageFiles(): Promise<ExportFile[]> {
  const entries = await readdir(PAGE, { withFileTypes: true }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw new ConfigError(`play: expected the page in ${PAGE}, got nothing; run 'npm run build'`);
  });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return Promise.all(names.map(async (name) => ({ path: name, content: await readFile(join(PAGE, name)) })));
}

const RUNTIME = 'onnxruntime-web';

/** The files of ONNX Runtime for browsers, by their names in a site. They find each other by the names on the right. */
const runtimeFiles = {
  'ort/ort.mjs': 'ort.wasm.min.mjs',
  'ort/ort-wasm-simd-threaded.mjs': 'ort-wasm-simd-threaded.mjs',
  'ort/ort-wasm-simd-threaded.wasm': 'ort-wasm-simd-threaded.wasm',
} as const;

/** The folder of the package's built files: of the project that this runs in, else beside this package. */
function runtimeFolder(): string {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return dirname(createRequire(from).resolve(RUNTIME));
    } catch {
      // Not there: the next place.
    }
  }
  throw new ConfigError(
    `--out: expected the package ${RUNTIME}, which the site needs a copy of, got none; run 'npm install ${RUNTIME}'`,
  );
}

/**
 * ONNX Runtime for browsers, for a site that runs without this program.
 *
 * @throws ConfigError where it is not installed.
 */
export async function siteRuntime(): Promise<ExportFile[]> {
  const folder = runtimeFolder();
  return Promise.all(
    Object.entries(runtimeFiles).map(async ([path, name]) => {
      const content = await readFile(join(folder, name)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
        throw new ConfigError(
          `--out: expected ${name} in ${folder}, got nothing; install the newest ${RUNTIME}`,
        );
      });
      return { path, content };
    }),
  );
}
