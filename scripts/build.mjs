// Compiles the package into dist. `node scripts/build.mjs [folder]`, by default of the package that this file is in.
// With --check it builds nothing and exits with 0 where the build is of the sources as they are, with 1 where it is not.
//
// Nothing is done when no source has changed since the last time, and a build takes the place of the last one only when
// it is whole: it never pulls modules away from a program that runs from dist. npx finds the command in
// node_modules/.bin, where npm puts commands of other packages only; without it npx would install this folder anew.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { buildSync } from 'esbuild';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const words = process.argv.slice(2);
const root = resolve(
  words.find((word) => word !== '--check') ?? fileURLToPath(new URL('..', import.meta.url)),
);
const [dist, bin, stamp] = ['dist', 'node_modules/.bin', 'node_modules/.pavlov-build'].map((path) =>
  join(root, path),
);
const main = join(dist, 'cli/main.js');
const CONFIGS = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
/** Sources of the page of `pavlov play`, which runs in a browser: bundled, not compiled file by file. */
const page = join(root, 'play');

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** A hash of what a build is made from: the files of the rooms by size and time, and the settings. */
function inputs() {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8'));
  const folders = [...include.map((name) => join(root, name)), page].filter(existsSync);
  const files = [
    ...CONFIGS.map((name) => join(root, name)).filter(existsSync),
    ...folders.flatMap(filesBelow),
  ];
  const facts = files.sort().map((path) => {
    const { size, mtimeMs } = statSync(path);
    return [relative(root, path), size, mtimeMs];
  });
  return createHash('sha256')
    .update(JSON.stringify([process.version, facts]))
    .digest('hex');
}

function isCurrent(hash) {
  return existsSync(main) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

const TF = 'src/core/tf.js';

/**
 * The umbrella package of TensorFlow.js brings 200 MB that nothing here loads. Its parts alone register no gradients in
 * Node, as these lie in modules that Node cannot import; so they are put into one file here, just as the umbrella has
 * them, beside the parts that are needed.
 */
function takeTensorFlowApart(folder) {
  const parts = '@tensorflow/tfjs-core';
  const both = `export * from '${parts}';\nexport * from '@tensorflow/tfjs-layers';\n`;
  const side = [
    `${parts}/dist/register_all_gradients`,
    `${parts}/dist/public/chained_ops/register_all_chained_ops`,
  ];
  const imports = side.map((name) => `import '${name}.js';\n`).join('');
  buildSync({
    stdin: { contents: `${imports}import '@tensorflow/tfjs-backend-cpu';\n${both}`, resolveDir: root },
    outfile: join(folder, 'src/core/tfjs.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    alias: Object.fromEntries(side.map((name) => [`${name}.js`, join(root, 'node_modules', `${name}.js`)])),
    external: [parts, '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-cpu'],
  });
  writeFileSync(join(folder, 'src/core/tfjs.d.ts'), `import '${side[1]}.js';\n${both}`);
  for (const file of [join(folder, TF), join(folder, 'src/core/tf.d.ts')]) {
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll("'@tensorflow/tfjs'", "'./tfjs.js'"));
  }
}

/** The page, in files that ask for nothing from elsewhere. */
function bundlePage(out) {
  buildSync({
    entryPoints: { main: join(page, 'main.tsx'), style: join(page, 'style.css') },
    outdir: out,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    tsconfig: join(page, 'tsconfig.json'),
    external: ['./ort/*'],
    logLevel: 'warning',
  });
  copyFileSync(join(page, 'index.html'), join(out, 'index.html'));
}

function compile(folder) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', folder];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    remove(folder);
    process.exit(status ?? 1);
  }
  if (existsSync(join(folder, TF))) takeTensorFlowApart(folder);
  if (existsSync(page)) bundlePage(join(folder, 'play'));
  // npm links the command to this file; tsc writes it without the executable bit.
  chmodSync(join(folder, 'cli/main.js'), 0o755);
}

// On Windows a file that something still looks at cannot be removed at once.
function remove(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Puts a whole build in the place of the last one; of two builds at once the later stays. */
function put(folder) {
  const old = `${folder}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(folder, dist);
  remove(old);
}

function linkCommand() {
  mkdirSync(bin, { recursive: true });
  const command = join(bin, process.platform === 'win32' ? 'pavlov.cmd' : 'pavlov');
  rmSync(command, { force: true });
  if (process.platform === 'win32')
    writeFileSync(command, `@node "%~dp0\\..\\..\\dist\\cli\\main.js" %*\r\n`);
  else symlinkSync('../../dist/cli/main.js', command);
}

const hash = inputs();
if (words.includes('--check')) process.exit(isCurrent(hash) ? 0 : 1);
if (!isCurrent(hash)) {
  const folder = `${dist}.${process.pid}.part`;
  console.error('building dist');
  compile(folder);
  put(folder);
  linkCommand();
  writeFileSync(stamp, hash);
}
