import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTrainedModel } from '../../eval/index.js';
import { exportModel, importFla } from '../../export/index.js';
import { logitsAfter } from '../../export/sample.js';
import { temporaryFolder } from '../support/folder.js';
import '../support/close.js';
import { randomRun } from './randomRun.js';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const mapped = ['model.layers=2', 'model.signalBias=false', 'model.valueSize=12'];

describe('export --to fla', () => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    gated: [...mapped, 'model.rule=delta', 'model.gate=scalar', 'model.keySize=8'],
    plain: [
      ...mapped,
      'model.rule=delta',
      'model.gate=none',
      'model.featureMap=elu+1',
      'model.ruleParams={maxBeta: 2}',
      'model.outputGate=false',
      'model.convolution=0',
    ],
  };

  it.each(Object.keys(kinds))(
    'comes back with the same logits, and goes out again to the byte: %s',
    async (name) => {
      const trained = await randomRun(at(name), kinds[name]!);
      await exportModel(trained, 'fla', at(`${name}-fla`));
      const { path, difference } = await importFla(at(`${name}-fla`), at(`${name}-back`));
      expect(difference).toBeLessThan(1e-4);
      const back = await openTrainedModel(path);
      expect(back.checkpoint.step).toBe(0);
      expect(back.tokenizer.toJSON()).toEqual(trained.tokenizer.toJSON());
      const ids = [256, 3, 1, 4, 1, 5, 9, 2, 6];
      expect(logitsAfter(back.model, ids)).toBeAllClose(logitsAfter(trained.model, ids), {
        rtol: 1e-4,
        atol: 1e-5,
      });
      await exportModel(back, 'fla', at(`${name}-again`));
      const bytes = (of: string) => readFileSync(at(of, 'model.safetensors'), 'hex');
      expect(bytes(`${name}-again`)).toBe(bytes(`${name}-fla`));
    },
  );

  it('names every reason why a model has no such layout', async () => {
    const options = [
      'momentumShift=true',
      'keyShift=true',
      'lateWrites=true',
      'updateEvery=4',
      'queryNorm=none',
    ];
    const sets = ['model.rule=bcm', 'model.gate=channel', ...options.map((option) => `model.${option}`)];
    const trained = await randomRun(at('bcm'), sets);
    const exporting = exportModel(trained, 'fla', at('bcm-fla'));
    await expect(exporting).rejects.toThrow(
      /^export: expected a model that flash-linear-attention has the layers for, got one that it has not: rule 'bcm' has no layer there .*; gate 'channel' has no counterpart: .*; queries with momentum .*; keys mixed .*; memories there change at every token.*; writes one token late .*; queryNorm there is 'unit'; beta has no bias there; train with --set model.signalBias=false$/,
    );
  });
});

describe('import --from fla', () => {
  it('refuses weights that do not give the logits of the sample', async () => {
    const trained = await randomRun(at('other'), [...mapped, 'model.rule=delta', 'model.gate=scalar']);
    await exportModel(trained, 'fla', at('other-fla'));
    const path = at('other-fla', 'sample.json');
    const { ids, logits } = JSON.parse(readFileSync(path, 'utf8')) as { ids: number[]; logits: number[] };
    writeFileSync(path, JSON.stringify({ ids, logits: logits.map((x, i) => (i === 3 ? x + 0.01 : x)) }));
    await expect(importFla(at('other-fla'), at('other-back'))).rejects.toThrow(
      /sample\.json: expected logits that differ by at most 0\.0001, got 0\.01/,
    );
    await expect(importFla(at('other-fla'), at('other-fla'))).rejects.toThrow('already exists; move it away');
    symlinkSync(at('nowhere'), at('dangling'));
    for (const write of [
      importFla(at('other-fla'), at('dangling')),
      exportModel(trained, 'fla', at('dangling')),
    ])
      await expect(write).rejects.toThrow('already exists; move it away');
  });

  it('refuses a configuration of another model, and a folder that is none of its own', async () => {
    const path = at('other-fla', 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, norm_eps: 1e-6 }));
    await expect(importFla(at('other-fla'), at('other-back'))).rejects.toThrow(
      'config.json: expected norm_eps',
    );
    await expect(importFla(at('nowhere'), at('other-back'))).rejects.toThrow(
      'expected to read pavlov.json, which an export has, got ENOENT',
    );
  });
});
