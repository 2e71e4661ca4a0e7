import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planVariants, variantText } from '../../../experiments/variants.js';
import { withModels } from '../../../scripts/docs/knownAsTable.js';
import { ConfigError } from '../../../src/core/errors.js';
import { Model } from '../../../src/index.js';
import { knownAs, notYet } from '../../../train/config/knownAs.js';
import { resolveConfig } from '../../../train/config/resolveConfig.js';

describe('published models', () => {
  it.each(Object.entries(knownAs))(
    '%s is the heads that it says, over the preset',
    async (like, { model }) => {
      const { model: settings } = await resolveConfig({ preset: 'smoke', like });
      // Parameters of rule and gate are filled in.
      expect(settings).toMatchObject({ width: 64, layers: 2, ...model });
      const built = Model.create({ ...settings, width: 8, mlpWidth: 0, layers: 1, vocabularySize: 8 }, 1);
      expect(built.parameterCount).toBeGreaterThan(0);
      built.dispose();
    },
  );

  it('give way to settings', async () => {
    const { model } = await resolveConfig({ like: 'retnet', overrides: { model: { gate: 'none' } } });
    expect(model).toMatchObject({ rule: 'hebbian', gate: 'none', gateParams: {}, convolution: 0 });
  });

  it.each(Object.entries(notYet))('%s is refused with what is missing', async (like, reason) => {
    const error = resolveConfig({ like });
    await expect(error).rejects.toThrow(ConfigError);
    await expect(error).rejects.toThrow(
      `--like: '${like}' cannot be had: no rule of this project has ${reason}`,
    );
  });

  it('are refused by another name with the nearest', async () => {
    await expect(resolveConfig({ like: 'delatnet' })).rejects.toThrow("did you mean 'deltanet'?");
  });

  it('are variants of a comparison, in the place of rules and gates', async () => {
    const plans = await planVariants({ likes: ['deltanet', 'retnet'] });
    expect(plans.map(({ variant }) => variantText(variant))).toEqual(['like deltanet', 'like retnet']);
    expect(plans[1]?.choices).toContain('model.gateParams={"preset":"retnet"}');
    await expect(planVariants({ likes: ['gla'], gates: ['none'] })).rejects.toThrow(
      'leave --rule and --gate out',
    );
    await expect(planVariants({ likes: ['gla', 'gla'] })).rejects.toThrow("'gla' is given twice");
  });

  it('are in docs/known-as.md as they are', () => {
    const page = readFileSync(new URL('../../../docs/known-as.md', import.meta.url), 'utf8');
    expect(withModels(page)).toBe(page);
  });
});
