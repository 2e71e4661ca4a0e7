import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTrainedModel } from '../../eval/index.js';
import { exportModel, importFla } from '../../export/index.js';
import { logitsAfter } from '../../export/sample.js';
import { temporaryFolder } from '../support/folder.js';
import '../support/close.js';
import { FLA_MODELS } from './flaModels.js';
import { randomRun } from './randomRun.js';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);

describe('export --to fla', () => {
  // One of each type there; test/e2e/flaExports.ts has all.
  it.each(['gated', 'plain', 'kda', 'linear attention', 'gla by head, convolved'])(
    'comes back with the same logits, and goes out again to the byte: %s',
    async (name) => {
      const trained = await randomRun(at(name), FLA_MODELS[name]!);
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

  it.each([
    [
      ['rule=bcm', 'gate=channel', 'momentumShift=true', 'keyShift=true', 'lateWrites=true', 'updateEvery=4'],
      /^export: expected a model that flash-linear-attention has the layers for, got one that it has not: queries with momentum .*; keys mixed .*; memories there change at every token.*; writes one token late .*; beta has no bias there; train with --set model.signalBias=false; rule 'bcm' has no layer there$/,
    ],
    [
      ['rule=delta', 'gate=channel', 'queryNorm=none', 'ruleParams={maxBeta: 1.5}', 'valueActivation=false'],
      /: beta has no bias there; .*; queryNorm there is 'unit' with such a rule; beta there is below 1 or 2, not 1.5; values pass through SiLU in kda; .*valueActivation=true; the output gate of its KDA .*outputGate=false; the decay of kda is of rank 16 at most, not 32; .*rank=N, N at most 8$/,
    ],
    [
      ['rule=hebbian', 'gate=scalar', 'convolution=0', 'featureMap=elu+1'],
      /: beta has no bias there; .*; its layers have no beta that scales what rule 'hebbian' writes; .*learnedSignals=false; featureMap of gla is silu \| relu \| identity, not elu\+1; values do not pass through SiLU in gla; .*valueActivation=false; the decay of gla has the rate 1\/16; .*fixedRate=0.0625$/,
    ],
    [
      ['rule=delta', 'gate=none', 'learnedSignals=false'],
      /: beta there is learned with such a rule, not fixed as learnedSignals says$/,
    ],
  ])('names every reason why a model has no such layout: %s', async (options, reasons) => {
    const name = `refused-${options.join('-').replaceAll(/\W/g, '')}`;
    const sizes = ['heads=2', 'keySize=16', 'valueSize=16'];
    const trained = await randomRun(
      at(name),
      [...sizes, ...options].map((option) => `model.${option}`),
    );
    await expect(exportModel(trained, 'fla', at(`${name}-fla`))).rejects.toThrow(reasons);
  });
});

describe('import --from fla', () => {
  it('refuses weights that do not give the logits of the sample', async () => {
    const trained = await randomRun(at('other'), FLA_MODELS.gated!);
    await exportModel(trained, 'fla', at('other-fla'));
    const path = at('other-fla', 'sample.json');
    const { ids, logits } = JSON.parse(readFileSync(path, 'utf8')) as { ids: number[]; logits: number[] };
    writeFileSync(path, JSON.stringify({ ids, logits: logits.map((x, i) => (i === 3 ? x + 0.01 : x)) }));
    await expect(importFla(at('other-fla'), at('other-back'))).rejects.toThrow(
      /sample\.json: expected logits that differ by at most 0\.0001, got 0\.0(1|099)/,
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
