import type { ParamsOf } from '../core/params.js';
import { createRegistry } from '../core/registry.js';
import type { LearningRule } from './contract.js';
import { bcm } from './bcm.js';
import { bcmResponse } from './bcmResponse.js';
import { comba } from './comba.js';
import { delta } from './delta.js';
import { deltaProduct } from './deltaProduct.js';
import { gatedDelta2 } from './gatedDelta2.js';
import { hebbian } from './hebbian.js';
import { memora } from './memora.js';
import { mesa } from './mesa.js';
import { moneta } from './moneta.js';
import { oja } from './oja.js';
import { ojaResponse } from './ojaResponse.js';
import { ojaUnit } from './ojaUnit.js';
import { preconditionedDelta } from './preconditionedDelta.js';
import { rls } from './rls.js';
import { rwkv7 } from './rwkv7.js';
import { titans } from './titans.js';
import { yaad } from './yaad.js';
import { ruleIssues } from './ruleIssues.js';

/** Every learning rule of this project by name. A new one is its file and its line here. */
const own = {
  bcm,
  'bcm-response': bcmResponse,
  comba,
  delta,
  'delta-product': deltaProduct,
  'gated-delta-2': gatedDelta2,
  hebbian,
  memora,
  mesa,
  moneta,
  oja,
  'oja-response': ojaResponse,
  'oja-unit': ojaUnit,
  'preconditioned-delta': preconditionedDelta,
  rls,
  rwkv7,
  titans,
  yaad,
};

/** The name of a rule of this project. */
export type RuleName = keyof typeof own;

/** The parameters of a rule of this project. */
export type RuleParams<Name extends RuleName> = ParamsOf<(typeof own)[Name]['params']>;

/** Learning rules by name, and how one is added. */
export const ruleRegistry = createRegistry<LearningRule>('rule', own, ruleIssues);

/** Every learning rule by name: those of this project, and those registered since the process began. */
export const rules = ruleRegistry.table;

/**
 * Makes a rule known by its name, for as long as the process lives: to configs, layers and checkpoints. The same
 * object again changes nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another rule.
 */
export const registerRule: (rule: LearningRule) => LearningRule = ruleRegistry.register;
