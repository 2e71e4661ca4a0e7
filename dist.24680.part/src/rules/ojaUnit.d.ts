import type { LearningRule } from './contract.js';
/**
 * Oja's rule unit by unit: each output unit forgets in proportion to the square of its own activity.
 *
 *   S_ij <- S~_ij + beta v_i (k_j - v_i S~_ij) = (1 - beta v_i^2) S~_ij + beta v_i k_j        o = S q
 *
 * Each value channel decays by its own factor, whatever the keys: no matrix to invert. The factor may be
 * negative, so the chunk form multiplies factors and takes no logarithm.
 */
export declare const ojaUnit: LearningRule;
