// Compiles the package into dist: modules in few files, types in a file each. `node scripts/build.mjs [folder]`, by
// default of the package that this file is in.
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
import { createRequire, isBuiltin } from 'node:module';
import { build, buildSync } from 'esbuild';
import { dirname, join, relative, resolve } from 'node:path';
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
    fileURLToPath(import.meta.url),
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

/**
 * The umbrella package of TensorFlow.js brings 200 MB that nothing here loads. Its parts alone register no gradients in
 * Node, as these lie in modules that Node cannot import; so they go into the bundle, just as the umbrella has them,
 * beside the parts that are needed.
 */
const TF = '@tensorflow/tfjs';
const tfParts = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];
const tfSides = ['register_all_gradients', 'public/chained_ops/register_all_chained_ops'].map(
  (name) => `@tensorflow/tfjs-core/dist/${name}`,
);
const tfExports = tfParts.map((name) => `export * from '${name}';\n`).join('');

/** What a bundled import of TensorFlow.js is. */
const tensorFlowInParts = {
  name: 'TensorFlow.js in parts',
  setup(build) {
    const packages = [...tfParts, '@tensorflow/tfjs-backend-cpu'];
    const sides = tfSides
      .map((name) => `import ${JSON.stringify(join(root, 'node_modules', `${name}.js`))};\n`)
      .join('');
    const contents = {
      [TF]: `import 'packages';\n${sides}${tfExports}`,
      // A module before the others: what of the packages is bundled here takes the engine that is there already.
      packages: packages.map((name) => `import '${name}';\n`).join(''),
    };
    build.onResolve({ filter: new RegExp(`^(${TF}|packages)$`) }, ({ path }) => ({
      path,
      namespace: 'parts',
    }));
    build.onLoad({ filter: /./, namespace: 'parts' }, ({ path }) => ({
      contents: contents[path],
      resolveDir: root,
    }));
  },
};

/** The format of the file that Node runs for an import of a package. */
function isCommonJs(name) {
  let file;
  try {
    file = fileURLToPath(import.meta.resolve(name));
  } catch {
    return false; // A package that is not here: of the user's choice.
  }
  if (!file.endsWith('.js')) return file.endsWith('.cjs');
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).type !== 'module';
}

/** What a package of CommonJS exports, or undefined where it cannot be loaded here. */
function exportsOf(name) {
  try {
    return createRequire(import.meta.url)(name);
  } catch {
    return undefined;
  }
}

/** The text of a module that gives what a package of CommonJS exports. */
function requiring(name) {
  const call = `require(${JSON.stringify(name)})`;
  const exported = exportsOf(name);
  // What works by being loaded, and what is not a set of named exports, is loaded at once.
  if (name.startsWith('@tensorflow/') || Object.getPrototypeOf(exported ?? '') !== Object.prototype)
    return `module.exports = ${call};`;
  const getters = Object.keys(exported).map((key) => {
    const word = JSON.stringify(key);
    return `  get ${word}() { return load()[${word}]; },\n`;
  });
  return `let loaded;\nconst load = () => (loaded ??= ${call});\nmodule.exports = {\n${getters.join('')}};`;
}

/**
 * Packages stay outside, where one copy of each serves this program and the user's own code. Those of CommonJS are
 * required, not imported: to import them, Node reads through all of their text for the names that they export. And they
 * are required when something of them is first used, as most runs of the command use few of them.
 */
const packagesOutside = {
  name: 'packages stay outside',
  setup(build) {
    build.onResolve({ filter: /^[^./#]/ }, ({ path, kind, namespace, importer }) => {
      if (isBuiltin(path) || importer.includes('node_modules')) return undefined;
      const isRequired = kind === 'import-statement' && namespace !== 'required' && isCommonJs(path);
      return isRequired ? { path, namespace: 'required' } : { path, external: true };
    });
    build.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({ contents: requiring(path) }));
  },
};

/**
 * Zod goes into the bundle: as a package it is 95 files, half of them messages in other languages, which take longer to
 * find than to run. What a module of the user makes with a Zod of its own is not looked at by class, so two do no harm.
 */
const zodInside = {
  name: 'Zod with the messages of one language',
  setup(build) {
    const english = join(root, 'node_modules/zod/v4/locales/en.js');
    build.onResolve({ filter: /^zod$/ }, () => ({ path: join(root, 'node_modules/zod/index.js') }));
    build.onLoad({ filter: /zod.v4.locales.index\.js$/ }, () => ({
      contents: `export { default as en } from ${JSON.stringify(english)};`,
      resolveDir: root,
    }));
  },
};

/** Addresses by which modules are started or imported: the package's entries, its command, and calls of ownModule. */
function entryPoints(sources) {
  const { exports = {}, bin = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [
    ...Object.values(exports).map(({ default: file }) => file),
    ...(typeof bin === 'string' ? [bin] : Object.values(bin)),
  ];
  const called = sources.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\bownModule\('([^']+)'\)/g)].map(
      ([, name]) => `dist/${name}.js`,
    ),
  );
  const all = [...named, ...called].filter((file) => file !== undefined);
  return [...new Set(all.map((file) => relative(dist, join(root, file))))];
}

const REQUIRE = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;

/**
 * Puts the modules into few files, as Node takes longer to find hundreds of small ones than to run them. What several
 * entries need lies in files that they share, so that there is one of each registry. The entry for browsers is a
 * bundle of its own, with nothing of Node's.
 */
async function bundleModules(from, to) {
  const entries = entryPoints(filesBelow(from).filter((path) => path.endsWith('.js')));
  const [forWeb, forNode] = [entries.filter(isWeb), entries.filter((file) => !isWeb(file))];
  const options = {
    absWorkingDir: from,
    outbase: from,
    outdir: to,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    keepNames: true,
    logLevel: 'warning',
  };
  await build({ ...options, entryPoints: forWeb, packages: 'external' });
  const { metafile } = await build({
    ...options,
    entryPoints: forNode,
    platform: 'node',
    splitting: true,
    chunkNames: 'modules/[hash]',
    banner: { js: REQUIRE },
    plugins: [tensorFlowInParts, zodInside, packagesOutside],
    metafile: true,
  });
  writeFileSync(join(to, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs), from));
}

/** The licences of the packages whose files went into a bundle; they ask to go with every copy. */
function licencesOf(files, from) {
  const packages = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const texts = [...new Set(packages)].flatMap((path) => {
    if (path === undefined) return [];
    const folder = resolve(from, path);
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const named = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const text = named === undefined ? `${license}\n` : readFileSync(join(folder, named), 'utf8');
    return [`${name} ${version}\n\n${text}`];
  });
  return texts.join('\n\n');
}

const isWeb = (file) => file.startsWith('web');

/** Declarations of types stay in a file each, as compiled. */
function takeTypes(from, to) {
  for (const path of filesBelow(from).filter((each) => each.endsWith('.d.ts'))) {
    const text = readFileSync(path, 'utf8').replaceAll(
      `'${TF}'`,
      `'${relative(dirname(path), join(from, 'tfjs.js')).replaceAll('\\', '/')}'`,
    );
    const target = join(to, relative(from, path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  writeFileSync(join(to, 'tfjs.d.ts'), `import '${tfSides[1]}.js';\n${tfExports}`);
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

async function compile(folder) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const modules = join(folder, 'compiled');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', modules];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    remove(folder);
    process.exit(status ?? 1);
  }
  await bundleModules(modules, folder);
  takeTypes(modules, folder);
  remove(modules);
  if (existsSync(page)) bundlePage(join(folder, 'play'));
  // npm links the command to this file; it is written without the executable bit.
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
  await compile(folder);
  put(folder);
  linkCommand();
  writeFileSync(stamp, hash);
}
