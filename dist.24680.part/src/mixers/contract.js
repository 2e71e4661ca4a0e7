import { above0, count, natural, nameIn, params } from '../core/schema.js';
import { gates } from '../gates/registry.js';
import { rules } from '../rules/registry.js';
/** Sizes that every mixer has. */
export const sizes = {
    heads: count.describe('heads per layer'),
    keySize: count.describe('K, key size of a head'),
    valueSize: count.describe('V, value size of a head'),
};
/** The rule and gate of the mixers that have a memory. */
export const memorySettings = {
    rule: nameIn(rules, 'learning rule of the memories'),
    ruleParams: params
        .default(() => ({}))
        .describe("parameters of the rule; those left out get the rule's defaults"),
    gate: nameIn(gates, 'decay gate of the memories'),
    gateParams: params
        .default(() => ({}))
        .describe("parameters of the gate; those left out get the gate's defaults"),
    chunkSize: count.default(32).describe("tokens per chunk in the rules' chunk form"),
};
/** Added to the mean square under the root in RMS norms; stated here alone. */
export const normEpsilon = above0
    .default(1e-5)
    .describe('added to the mean square under the root in RMS norms');
/** Where a layer stands in a stack, and how its output projection starts. */
export const place = {
    layer: natural.default(0).describe('index of the layer, for gates that differ by depth'),
    layers: count.default(1).describe('number of layers'),
    outputScale: above0
        .default(1)
        .describe('factor on the standard deviation of the output projection at initialisation'),
};
