import { decay, initialState, readOut, sharedReads } from './checks/definition.js';
import { featureMap } from './checks/featureMap.js';
import { causality, chunks, lengths } from './checks/forms.js';
import { gradients } from './checks/gradients.js';
import { bounded } from './checks/growth.js';
import { determinism, leaks } from './checks/hygiene.js';
import { carriedState, documents, independence } from './checks/parts.js';
import { bounds, extremeDecay, parameters } from './checks/robustness.js';
import type { Check } from '../core/check.js';
import type { RuleRunner } from './ruleRunner.js';

/** Every check of a rule, in the order in which they are run. */
export const ruleChecks: readonly Check<RuleRunner>[] = [
  initialState,
  lengths,
  readOut,
  featureMap,
  decay,
  causality,
  chunks,
  carriedState,
  documents,
  independence,
  sharedReads,
  gradients,
  extremeDecay,
  bounds,
  parameters,
  bounded,
  leaks,
  determinism,
];
