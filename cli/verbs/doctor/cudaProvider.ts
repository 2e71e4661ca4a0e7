import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PROVIDERS = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/** Where ONNX Runtime looks for its providers on Linux: beside its own library. */
function runtimeFolder(): string {
  const home = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const binaries = readdirSync(join(home, 'bin')).find((name) => name.startsWith('napi-')) ?? '';
  return join(home, 'bin', binaries, process.platform, process.arch);
}

/**
 * What keeps ONNX Runtime's CUDA provider from being loaded: its files, or the libraries that they need, by name and
 * version. The runtime itself says neither. Undefined where nothing is missing, and where it cannot be told.
 */
export function missingForCuda(folder = runtimeFolder()): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const absent = PROVIDERS.filter((name) => !existsSync(join(folder, name)));
  if (absent.length > 0) return `${folder} lacks ${absent.join(' and ')}`;
  const { stdout } = spawnSync('ldd', [join(folder, 'libonnxruntime_providers_cuda.so')], {
    encoding: 'utf8',
  });
  const lines = (stdout ?? '').split('\n').filter((line) => line.includes('not found'));
  const libraries = lines.map((line) => line.trim().replace(/ => not found$/, ''));
  return libraries.length > 0 ? `the CUDA provider finds no ${libraries.join(', ')}` : undefined;
}
