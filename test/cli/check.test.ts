import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rules } from '../../src/rules/registry.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';

const folder = temporaryFolder();
const example = fileURLToPath(new URL('../../examples/pearceHall.ts', import.meta.url));

const FAULTY = `import { rules, recall } from 'pavlov-lm';
const { chunk, ...delta } = rules.delta;
export default {
  ...delta,
  name: 'faulty',
  step: (state, x, params) => ({ ...delta.step(state, x, params), output: recall(state.S, x.q) }),
};
`;

describe('pavlov check-rule', () => {
  it('passes the rule of examples/ from its file, on both engines', async () => {
    const { code, stdout, stderr } = await pavlov([
      'check-rule',
      example,
      '--only',
      'read-out,decay,causality',
    ]);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('pearce-hall: Pearce-Hall, learning from surprise');
    expect(
      lines.filter((line) => /^(form|read-out|decay|causality) +pass +pass +\S/.test(line)),
    ).toHaveLength(4);
    expect(stdout).toContain('\nall checks passed\n');
  });

  it('prints what fails, where, and what to look at', async () => {
    const file = join(folder, 'faulty.mjs');
    writeFileSync(file, FAULTY);
    const { code, stdout } = await pavlov([
      'check-rule',
      file,
      '--engine',
      'eager',
      '--only',
      'read-out,bounded',
    ]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^read-out {2}fail {3}/m);
    expect(stdout).toMatch(/^bounded {3}pass {3}/m);
    expect(stdout.slice(stdout.indexOf('FAIL'))).toMatch(
      new RegExp(
        [
          'FAIL read-out, eager',
          '  expected  o = S q of the last token',
          '  got       outputs at token 0, row 0, head 0, channel 0: \\S+ instead of \\S+',
          '  where     T = 1, a decay per head',
          '  hint      step returns output = recall\\(S, x.q\\), or what read gives, with the state that it returns',
          '',
          '1 check failed',
        ].join('\n'),
      ),
    );
  });

  it('checks a rule of this project by its name, as JSON', async () => {
    const { code, stdout } = await pavlovHere([
      'check-rule',
      'hebbian',
      '--engine',
      'eager',
      '--only',
      'parameters',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      rule: 'hebbian',
      passed: true,
      checks: [
        expect.objectContaining({ engine: 'eager', check: 'form', status: 'pass' }),
        expect.objectContaining({
          check: 'parameters',
          status: 'skip',
          reason: 'the rule has no parameters',
        }),
      ],
    });
  });

  it.each([
    [
      ['detla'],
      `check-rule: expected one of ${Object.keys(rules).sort().join(' | ')}, got 'detla'; did you mean 'delta'?`,
    ],
    [['delta', '--engine', 'fast'], "--engine: expected one of graph | eager, got 'fast'"],
    [
      ['delta', '--engine', 'eager', '--only', 'causalty'],
      'checkRule: checks: expected one of initial state | ',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await pavlovHere(['check-rule', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

it('has no colours in a pipe, whatever FORCE_COLOR says', async () => {
  const args = ['check-rule', 'delta', '--engine', 'eager', '--only', 'read-out'];
  const { code, stdout } = await pavlov(args, { env: { FORCE_COLOR: '1', NO_COLOR: '' } });
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/[\u001b\u241b]/);
});
