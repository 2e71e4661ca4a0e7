import { expect, it } from 'vitest';
import { tasks } from '../../data/index.js';
import { probes } from '../../eval/index.js';
import { featureMaps, gates, mixers, rules } from '../../src/index.js';
import { optimizers } from '../../src/optim/registry.js';

const tables: Readonly<Record<string, Readonly<Record<string, { readonly name: string }>>>> = {
  featureMaps,
  gates,
  mixers,
  optimizers,
  probes,
  rules,
  tasks,
};

it.each(Object.entries(tables))('%s are listed under their own names', (_, table) => {
  expect(Object.values(table).map(({ name }) => name)).toEqual(Object.keys(table));
});
