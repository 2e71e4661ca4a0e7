import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { factLines, openGridFolder } from '../../cli/grid/gridFolder.js';
import type { GridPlan } from '../../experiments/plan.js';
import { temporaryFolder } from '../support/folder.js';

const home = temporaryFolder();
const metric = { metric: 'accuracy', unit: '', best: 'high' } as const;
const plan: GridPlan = {
  task: 'toy',
  subject: {
    kind: 'task',
    metric,
    resolve: () => Promise.resolve({}),
    cost: () => Promise.resolve({ parameters: 0, stateBytes: 0, flopsPerToken: 0 }),
  },
  cells: [],
  notes: [],
};

describe('openGridFolder', () => {
  it('says with which versions of what computes a grid was made', async () => {
    const { facts } = await openGridFolder('compare', join(home, 'made'), plan);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(Object.keys(facts.versions)).toEqual(['pavlov', 'Node', 'ONNX Runtime', 'TensorFlow.js']);
    expect(facts.versions).toMatchObject({ Node: process.version, pavlov: version });
    for (const each of Object.values(facts.versions)) expect(each).toMatch(/^v?\d+\.\d+\.\d+/);
    expect(factLines(facts)[1]).toMatch(
      /^pavlov .*, Node v.*, ONNX Runtime .*, TensorFlow\.js 4\..*, \d+ x /,
    );
  });

  it('leaves the list of cells that another process works on', async () => {
    const out = join(home, 'busy');
    mkdirSync(out);
    writeFileSync(join(out, 'grid.json'), 'theirs');
    writeFileSync(join(out, 'run.lock'), `${process.ppid} on ${hostname()}\n`);
    await expect(openGridFolder('compare', out, plan)).rejects.toThrow('expected no other process in it');
    expect(readFileSync(join(out, 'grid.json'), 'utf8')).toBe('theirs');
  });

  it('says what is wrong with a folder that cannot be made', async () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    await expect(openGridFolder('compare', file, plan)).rejects.toThrow(`grid folder ${file}: expected to`);
  });
});
