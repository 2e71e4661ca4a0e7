import { describe, expect, it } from 'vitest';
import { ROOM_FOLDERS, ROOMS, roomFaults, roomOf } from './support/roomRules.js';
import { readFacts, readFolders, sourceFiles } from './support/sourceFacts.js';

const root = new URL('..', import.meta.url).pathname;

/** The faults of a project that holds only these files. */
function faultsOf(files: Readonly<Record<string, string>>): string[] {
  const facts = Object.entries(files).map(([file, text]) => readFacts(file, text));
  return roomFaults({ imports: facts.flatMap((f) => f.imports), uses: facts.flatMap((f) => f.uses) });
}

describe('rooms of this repository', () => {
  it('every import and every outside effect keeps the table', () => {
    expect(roomFaults(readFolders(root, ROOM_FOLDERS))).toEqual([]);
  });

  it('every file belongs to a room of the table', () => {
    const files = ROOM_FOLDERS.flatMap((folder) => sourceFiles(root, folder));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !(roomOf(file) in ROOMS))).toEqual([]);
  });

  it('reads the imports that are there', () => {
    const { imports } = readFolders(root, ['src']);
    const tf = imports.filter((fact) => fact.specifier === '@tensorflow/tfjs');
    expect(new Set(tf.map((fact) => fact.file))).toEqual(new Set(['src/core/tf.ts']));
    expect(
      imports.some((f) => f.file === 'src/gates/contract.ts' && f.target === 'src/rules/contract.ts'),
    ).toBe(true);
  });
});

describe('the check sees', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      'data that imports a tensor library room',
      'data/batch.ts',
      `import { run } from '../src/engine/engine.js';`,
      "data/batch.ts:1: data may not import src/engine ('../src/engine/engine.js')",
    ],
    [
      'eval that imports train',
      'eval/probes/lm.ts',
      `\nexport { step } from '../../train/step.js';`,
      "eval/probes/lm.ts:2: eval may not import train ('../../train/step.js')",
    ],
    [
      'eval that imports a type of train',
      'eval/probes/lm.ts',
      `type Run = import('../../train/run.js').Run;`,
      "eval/probes/lm.ts:1: eval may not import train ('../../train/run.js')",
    ],
    [
      'a dynamic import across rooms',
      'src/core/rng.ts',
      `const x = await import('../rules/delta.js');`,
      "src/core/rng.ts:1: src/core may not import src/rules ('../rules/delta.js')",
    ],
    [
      'a value where only types are allowed',
      'src/gates/fixed.ts',
      `import { resolve, type Params } from '../rules/params.js';`,
      "src/gates/fixed.ts:1: src/gates may not import src/rules other than types ('../rules/params.js')",
    ],
    [
      'TensorFlow.js outside its one file',
      'src/model/loss.ts',
      `import * as tf from '@tensorflow/tfjs';`,
      "src/model/loss.ts:1: '@tensorflow/tfjs' may be imported only by src/core/tf.ts; import that file",
    ],
    [
      'a static backend import in the engine',
      'src/engine/wasm.ts',
      `import '@tensorflow/tfjs-backend-wasm';`,
      "src/engine/wasm.ts:1: '@tensorflow/tfjs-backend-wasm' may be imported only by src/core/tf.ts; import that file",
    ],
    [
      'ONNX Runtime without the file that switches its telemetry off',
      'src/engine/graph/session.ts',
      `import * as ort from 'onnxruntime-node';`,
      "src/engine/graph/session.ts:1: 'onnxruntime-node' may be imported only by src/engine/graph/onnxRuntime.ts; import that file",
    ],
    [
      'the disk in src outside the store',
      'src/checkpoint/format.ts',
      `import { readFile } from 'node:fs/promises';`,
      "src/checkpoint/format.ts:1: src touches the disk only in src/checkpoint/store, core/atomicFile and core/wholeFile, not by 'node:fs/promises' here",
    ],
    [
      'unseeded randomness',
      'data/text/corpus/toy.ts',
      `const x = [1].map(() => Math.random());`,
      'data/text/corpus/toy.ts:1: data may not use unseeded randomness (Math.random)',
    ],
    [
      'the clock in a training step',
      'train/updater.ts',
      `const t = Date.now();`,
      'train/updater.ts:1: train may not use the clock (Date.now)',
    ],
    [
      'the clock where the update is made',
      'train/updater.ts',
      `const t = performance.now();`,
      'train/updater.ts:1: train may not use the clock (performance.now)',
    ],
    [
      'a new Date in eval',
      'eval/report.ts',
      `const t = new Date();`,
      'eval/report.ts:1: eval may not use the clock (new Date)',
    ],
    [
      'the console in src',
      'src/rules/delta.ts',
      `console.warn('x');`,
      'src/rules/delta.ts:1: src/rules may not use the console (console.warn)',
    ],
    [
      'the environment in train',
      'train/run.ts',
      `const home = process.env.HOME;`,
      'train/run.ts:1: train may not use argv, the environment, exit codes or standard streams (process.env)',
    ],
    [
      'the network outside the downloader',
      'src/core/tf.ts',
      `await fetch('x');`,
      'src/core/tf.ts:1: src/core may not use the network (fetch)',
    ],
  ];

  it('an import whose name is computed', () => {
    expect(faultsOf({ 'data/corpus/x.ts': 'await import(name);' })).toEqual([
      'data/corpus/x.ts:1: expected the name of what is imported as plain text',
    ]);
  });

  it.each(cases)('%s', (_name, file, text, fault) => {
    expect(faultsOf({ [file]: text })).toContain(fault);
  });

  it('rooms in a circle', () => {
    const faults = faultsOf({
      'src/layers/head.ts': `import { a } from '../rules/delta.js';`,
      'src/rules/delta.ts': `import { b } from '../layers/head.js';`,
    });
    expect(faults).toContain('rooms import each other in a circle: src/layers -> src/rules -> src/layers');
  });

  it('files of one room in a circle', () => {
    const faults = faultsOf({
      'train/loop.ts': `import { a } from './updater.js';`,
      'train/updater.ts': `import { b } from './loop.js';`,
    });
    expect(faults).toEqual([
      'files import each other in a circle: train/loop.ts -> train/updater.ts -> train/loop.ts',
    ]);
  });

  it('files in a circle by types alone', () => {
    const faults = faultsOf({
      'train/loop.ts': `import { a } from './step.js';`,
      'train/step.ts': `import type { B } from './loop.js';`,
    });
    expect(faults).toEqual([
      'files import each other in a circle: train/loop.ts -> train/step.ts -> train/loop.ts',
    ]);
  });

  it('nothing wrong in what is allowed', () => {
    const faults = faultsOf({
      'src/gates/fixed.ts': `import type { Params } from '../rules/params.js';`,
      'src/engine/wasm.ts': `const backend = await import('@tensorflow/tfjs-backend-wasm');`,
      'src/checkpoint/store.ts': `import { readFile } from 'node:fs/promises';`,
      'cli/main.ts': `console.log(process.argv, Date.now());`,
      'data/text/download/download.ts': `await fetch('https://example.org');`,
      'train/loop.ts': `const t = performance.now(); const console = { log: 1 }; export { console };`,
    });
    expect(faults).toEqual([]);
  });
});
