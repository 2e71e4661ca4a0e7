import { expect } from 'vitest';
import type { Params } from '../../src/core/params.js';
import type { DecayKind } from '../../src/verify/ruleCase.js';
import type { Form, Outcome } from '../../src/verify/ruleRunner.js';
import '../support/close.js';
import { ruleCase, SIZES, type RuleCase } from '../support/ruleCase.js';

export const T = 9;
export const close = { rtol: 1e-4, atol: 1e-5 };
export const forms: readonly Form[] = [{ form: 'step' }, { form: 'chunk', chunkSize: 4 }];

export function caseOf(rule: string, decay: DecayKind, params: Params = {}): RuleCase {
  return ruleCase({ ...SIZES, T, rule, decay, documents: true, params });
}

/** The outputs, the memory and gradients of these inputs. Default: of all that the wanted ones have. */
export function expectShared(got: Outcome, wanted: Outcome, gradients?: readonly string[]): void {
  const all = Object.keys(wanted).filter((name) => name.startsWith('gradient of '));
  const named = gradients?.map((name) => `gradient of ${name}`) ?? all;
  for (const name of ['outputs', 'state.S', ...named]) {
    expect(got[name]!.values, name).toBeAllClose(wanted[name]!.values, close);
  }
}
