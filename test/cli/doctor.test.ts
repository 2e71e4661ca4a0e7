import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { missingForCuda } from '../../cli/verbs/doctor/cudaProvider.js';
import { runProbes } from '../../cli/verbs/doctor/doctor.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlov } from '../support/pavlov.js';

interface Report {
  readonly machine: { readonly node: string; readonly cores: number; readonly memoryBytes: number };
  readonly engines: readonly {
    readonly engine: string;
    readonly device?: string;
    readonly backend?: string;
    readonly works: boolean;
    readonly gflops?: number;
    readonly reason?: string;
  }[];
  readonly fastest: object | null;
}

describe('pavlov doctor', () => {
  it('--json reports the machine and every engine, with a rate or a reason', async () => {
    const { code, stdout, stderr } = await pavlov(['doctor', '--json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^trying graph cpu, .*\ntrying graph webgpu\ntrying graph cuda\n/);
    // The cast: the fields are checked below.
    const { machine, engines, fastest } = JSON.parse(stdout) as Report;
    expect(machine.node).toBe(process.version);
    expect(machine.cores).toBeGreaterThan(0);
    expect(engines.map((e) => `${e.engine} ${e.device ?? e.backend ?? ''}`)).toEqual(
      expect.arrayContaining(['graph cpu', 'graph webgpu', 'graph cuda', 'eager cpu', 'eager wasm']),
    );
    for (const found of engines) {
      if (found.works) expect(found.gflops).toBeGreaterThan(0);
      else expect(found.reason).toMatch(/\S+: .*\S/);
    }
    const working = engines.filter((e) => e.works).map((e) => `${e.engine} ${e.device ?? e.backend ?? ''}`);
    expect(working).toEqual(expect.arrayContaining(['graph cpu', 'eager cpu', 'eager wasm']));
    expect(fastest).not.toBeNull();
  });

  it('reports an engine that does not start instead of failing', () => {
    const child = fileURLToPath(new URL('../../cli/verbs/doctor/probeChild.ts', import.meta.url));
    const options = JSON.stringify([{ engine: 'eager', backend: 'abacus' }]);
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), child, options],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      works: false,
      reason: expect.stringMatching(/^engine\.backend: expected one of .*, got 'abacus'/) as string,
    });
  });

  it('reports a probe that crashes, with its last words, and tries the next ones', async () => {
    // Without tsx, as here, Node cannot run the TypeScript child: it dies before it can report.
    const crashed = {
      works: false,
      reason: expect.stringMatching(
        /^the process ended with exit code 1: .*Error.*; use another engine/,
      ) as string,
    };
    expect(await runProbes([{ options: {} }, { options: {} }])).toEqual([crashed, crashed]);
  });

  it.runIf(process.platform === 'linux')(
    'names what CUDA lacks: the provider, or libraries that it needs',
    () => {
      const folder = temporaryFolder();
      const [shared, cuda] = ['shared', 'cuda'].map((name) =>
        join(folder, `libonnxruntime_providers_${name}.so`),
      );
      expect(missingForCuda(folder)).toBe(
        `${folder} lacks libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so`,
      );
      writeFileSync(shared!, '');
      expect(missingForCuda(folder)).toBe(`${folder} lacks libonnxruntime_providers_cuda.so`);
      // ONNX Runtime's binding needs a library that is not beside it here: as a provider needs another version of CUDA.
      const binding = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
      const built = join(
        dirname(binding),
        'bin',
        'napi-v6',
        'linux',
        process.arch,
        'onnxruntime_binding.node',
      );
      copyFileSync(built, cuda!);
      expect(missingForCuda(folder)).toBe('the CUDA provider finds no libonnxruntime.so.1');
    },
  );
});
