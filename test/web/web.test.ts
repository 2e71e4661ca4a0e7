import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openTrainedModel } from '../../eval/index.js';
import { exportModel } from '../../export/index.js';
import { createEngine } from '../../src/engine/createEngine.js';
import { generateText } from '../../src/model/generate.js';
import { Rng } from '../../src/core/rng.js';
import * as runtime from '../../src/engine/graph/onnxRuntime.js';
import { ExportedModel } from '../../web/index.js';
import { temporaryFolder } from '../support/folder.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

const folder = temporaryFolder();

describe('pavlov-lm/web', () => {
  it('bundles for browsers without a warning, into at most 150 kB gzipped', async () => {
    const { warnings, outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../web/index.ts', import.meta.url))],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      write: false,
      logLevel: 'silent',
    });
    expect(warnings).toEqual([]);
    expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThan(150_000);
  });

  it('writes what generate writes, and goes on from a saved state', async () => {
    const { path } = await saveUntrainedRun(join(folder, 'run'));
    const { model, tokenizer, ...rest } = await openTrainedModel(path);
    const out = join(folder, 'onnx');
    await exportModel({ model, tokenizer, ...rest }, 'onnx', out);
    const web = await ExportedModel.load(runtime, (name) => readFile(join(out, name)));
    let text = '';
    for await (const piece of web.generate({ prompt: 'Once', tokens: 40, seed: 3, temperature: 0.9 }))
      text += piece;
    const engine = await createEngine({ threads: 1 });
    const rng = Rng.fromSeed(3).derive('generate');
    const sampling = { temperature: 0.9 };
    expect(text).toBe(
      await generateText({ engine, model, tokenizer, prompt: 'Once', tokens: 40, sampling, rng }),
    );
    const saved = await web.save();
    const [first] = web.memories();
    expect(first?.values.some((x) => x !== 0)).toBe(true);
    const wanted = Array.from(await web.read([5, 6]));
    await web.read([7]);
    web.restore(saved);
    expect(Array.from(await web.read([5, 6]))).toEqual(wanted);
    await expect(web.read([])).rejects.toThrow('read: expected at least 1 token, got 0');
    await web.dispose();
    await engine.dispose();
  });
});
