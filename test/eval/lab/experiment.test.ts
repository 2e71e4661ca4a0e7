import { describe, expect, it } from 'vitest';
import { runConditioning } from '../../../eval/lab/conditioning.js';
import { parseExperiment } from '../../../eval/lab/experiment.js';
import { runExperiment } from '../../../eval/lab/runExperiment.js';
import { LAB_SETTING } from '../../../eval/lab/setting.js';
import { Rng } from '../../../src/core/rng.js';
import '../../support/close.js';

const rng = Rng.fromSeed(1);

const BLOCKING = `
title: Blocking
rules: [delta, hebbian]
phases:
  - { trials: 30, A: 1, US: 1 }
  - { trials: 30, A: 1, B: 1, US: 1 }
measure: [B, { name: compound, probe: { A: 1, B: 1 }, after: 2 }]
`;

describe('an experiment in YAML', () => {
  it('gives what the phenomenon of the same design gives', () => {
    const experiment = parseExperiment(BLOCKING, 'blocking.yaml');
    const results = runExperiment(experiment, { rules: experiment.rules!, rng });
    const table = runConditioning({
      rules: ['delta', 'hebbian'],
      phenomena: ['blocking'],
      setting: LAB_SETTING,
      rng,
    });
    for (const rule of ['delta', 'hebbian']) {
      const own = results.find((one) => one.rule === rule && one.reading === 'V_B' && one.phase === 2);
      expect(own!.response).toBe(table.find((one) => one.rule === rule && one.reading === 'V_B')!.measured);
      expect(own!.curve).toHaveLength(60);
    }
    const compound = results.filter(({ reading }) => reading === 'compound');
    expect(compound.map(({ phase }) => phase)).toEqual([2, 2]);
    expect(compound[0]!.response).toBeAllClose(1, { rtol: 1e-4, atol: 0 });
  });

  it('takes turns, chances, pauses, two US and heads that share the error', () => {
    const experiment = parseExperiment(
      `
heads: [{ beta: 0.05 }, { beta: 0.4, decay: 0.9 }]
phases:
  - { trials: 80, A: 1, US: 1 }
  - { trials: 15, A: 1 }
  - { trials: 60 }
  - trials: 5
    each: [{ A: 0.5, US2: 2, chance: 0.5 }, { B: 1 }]
`,
      'own.yaml',
    );
    const results = runExperiment(experiment, { rules: ['delta'], rng });
    const V = results.filter(({ reading }) => reading === 'V_A, US').map(({ response }) => response);
    expect(V.slice(0, 3)).toBeAllClose([0.954, 0.049, 0.436], { rtol: 0, atol: 0.0006 });
    const readings = ['V_A, US', 'V_A, US2', 'V_B, US', 'V_B, US2'];
    expect([...new Set(results.map(({ reading }) => reading))]).toEqual(readings);
    const other = results.find(({ reading, phase }) => reading === 'V_A, US2' && phase === 4);
    expect(other!.response).toBeGreaterThan(0);
  });

  it('stacks layers, the second taught by what the first predicts', () => {
    const own = `
layers: 2
phases: [{ trials: 30, A: 1, US: 1 }, { trials: 30, B: 1, A: 1 }]
measure: [B, { name: top, probe: { B: 1 }, layer: 2, after: 2 }]
`;
    const results = runExperiment(parseExperiment(own, 'own.yaml'), { rules: ['hebbian'], rng });
    const last = results.filter(({ phase }) => phase === 2);
    expect(last.map(({ reading }) => reading)).toEqual(['V_B, layer 1', 'V_B, layer 2', 'top']);
    expect(last.map(({ response }) => response)).toBeAllClose([0, 36, 36], { rtol: 1e-5, atol: 0 });
    expect(() => parseExperiment(own.replace('layer: 2,', 'layer: 3,'), 'own.yaml')).toThrow(
      'measure[1].layer: expected a whole number from 1 to 2, got 3',
    );
  });

  it('leaves the write strength to the rule where nothing says it, and --beta wins', () => {
    const experiment = parseExperiment('phases: [{ trials: 1, A: 1, US: 1 }]', 'one.yaml');
    expect(runExperiment(experiment, { rules: ['delta'], rng })[0]!.response).toBeAllClose(0.2, {
      rtol: 1e-6,
      atol: 0,
    });
    const strong = parseExperiment('beta: 0.5\nphases: [{ trials: 1, A: 1, US: 1 }]', 'one.yaml');
    expect(runExperiment(strong, { rules: ['delta'], rng })[0]!.response).toBe(0.5);
    expect(runExperiment(strong, { rules: ['delta'], beta: 0.25, rng })[0]!.response).toBe(0.25);
  });
});

const FAULTS: readonly (readonly [string, string])[] = [
  [
    'phases:\n  - { trials: 0, A: 1 }',
    'x.yaml:2:15: phases[0].trials: expected a whole number from 1 to 100000, got 0',
  ],
  [
    'phases:\n  - { A: 1 }',
    'x.yaml:2:5: phases[0].trials: expected a whole number from 1 to 100000, got nothing',
  ],
  ['title: T', 'x.yaml:1:1: phases: expected a list of at least one, got nothing'],
  [
    'pases: []',
    'pases: expected one of title | rules | beta | decay | heads | layers | phases | measure, got "pases"; did you mean \'phases\'?',
  ],
  ['phases: [{ trials: 1, A: one }]', 'x.yaml:1:26: phases[0].A: expected a number, got "one"'],
  ['phases: [{ trials: 1, 2nd: 1 }]', 'phases[0].2nd: expected a name that begins with a letter, got "2nd"'],
  [
    'phases: [{ trials: 1, A: 1, chance: 0.5 }]',
    'phases[0].chance: expected a US that it is the chance of, got 0.5; add US: 1',
  ],
  ['phases: [{ trials: 1, US: 1, chance: 2 }]', 'phases[0].chance: expected a number from 0 to 1, got 2'],
  [
    'phases: [{ trials: 1, A: 1, each: [{ B: 1 }] }]',
    "phases[0].A: expected nothing beside 'trials' and 'each', got 1; put it in a trial",
  ],
  ['phases: [{ trials: 1, A: 1 }]\nmeasure: [C]', 'x.yaml:2:11: measure[0]: expected one of A, got "C"'],
  [
    'phases: [{ trials: 1, A: 1 }]\nmeasure: [{ probe: { A: 1 }, after: 2 }]',
    'measure[0].after: expected a whole number from 1 to 1, got 2',
  ],
  [
    'phases: [{ trials: 1, A: 1 }]\nmeasure: [{ probe: { A: 1 }, US: US9 }]',
    'measure[0].US: expected one of US, got "US9"',
  ],
  ['phases: [{ trials: 1, A: 1 }]\nrules: [dleta]', 'got "dleta"; did you mean \'delta\'?'],
  [
    'phases: [{ trials: 1, A: 1 }]\ndecay: 0',
    'x.yaml:2:8: decay: expected a number above 0 and at most 1, got 0',
  ],
  [
    'phases: [{ trials: 1, A: 1 }]\nbeta: 1\nheads: [{}]',
    "beta: expected no 'beta' beside 'heads', got 1; give it to each head",
  ],
  ['phases: [{ trials: 1', 'x.yaml:1:'],
  ['[1, 2]', 'x.yaml:1:1: experiment: expected a mapping, got [1,2]'],
  ['', 'x.yaml: experiment: expected a mapping, got null'],
];

it.each(FAULTS)('a fault in %j says where and what', (text, message) => {
  expect(() => parseExperiment(text, 'x.yaml')).toThrow(message);
});
