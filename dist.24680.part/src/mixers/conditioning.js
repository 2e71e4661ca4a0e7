import { z } from 'zod';
import { tf } from '../core/tf.js';
import { constantSpec, matrixSpec, weightOf } from '../core/weights.js';
import { foldGain, linear } from '../ops/linear.js';
import { rmsNorm } from '../ops/rmsNorm.js';
import { silu } from '../ops/silu.js';
import { unitNormalise } from '../ops/unitNormalise.js';
import { rules } from '../rules/registry.js';
import { controlsOf, controlSpecs, initMemory, memoryOperations, planMemory, readMemory, readNext, } from './memory.js';
import { gated, headSizes, initCarry, INPUTS, mergeHeads, nextVectors, outputGateSpecs, sharingIssues, splitGroups, splitHeads, vectorOptions, vectorSpecs, vectorsOf, } from './vectors.js';
/** The feature maps of queries and keys by name. Shapes: any, kept. */
const featureMaps = {
    identity: (x) => x,
    silu: (x) => silu(x),
    'elu+1': (x) => tf.add(tf.elu(x), 1),
    relu: (x) => tf.relu(x),
};
const norms = z.enum(['rule', 'unit', 'scaled', 'none']);
const options = {
    ...vectorOptions,
    featureMap: z
        .enum(Object.keys(featureMaps)) // its own keys
        .default('silu')
        .describe('feature map of queries and keys in conditioning heads'),
    queryNorm: norms
        .default('rule')
        .describe("normalisation of queries: unit length, scaled by 1/sqrt(K), none, or the rule's own"),
    keyNorm: norms
        .default('rule')
        .describe('the same of keys; rules that are stable with unit keys only refuse any other'),
};
function normalise(x, how) {
    switch (how) {
        case 'unit':
            return unitNormalise(x);
        case 'scaled':
            return tf.mul(x, 1 / Math.sqrt(x.shape[x.rank - 1] ?? 1));
        case 'none':
            return x;
    }
}
/** The norms of the rule, but where the options say otherwise. */
function normsOf({ queryNorm, keyNorm }, { normalise: own }) {
    return {
        ...own,
        ...(queryNorm === 'rule' ? {} : { q: queryNorm }),
        ...(keyNorm === 'rule' ? {} : { k: keyNorm }),
    };
}
/** A rule that asks for unit keys is stable with those only. */
function keyIssues({ keyNorm, rule: name }) {
    const rule = rules[name];
    if (rule?.normalise.k !== 'unit' || keyNorm === 'rule' || keyNorm === 'unit')
        return [];
    const { stability } = rule;
    const bound = stability ? `its bound, ${stability.quantity} <= ${stability.bound},` : 'its stability';
    const message = `expected rule | unit with rule '${rule.name}', got '${keyNorm}'; ${bound} needs keys of unit length`;
    return [{ path: ['keyNorm'], message }];
}
/** The feature map of queries and keys and SiLU of values, of `[B,H*K+M*(K+V),T]` after convolution. */
function mapped({ featureMap }, sizes, mixed) {
    if (featureMap === 'silu')
        return splitGroups(silu(mixed), sizes);
    const { q, k, v } = splitGroups(mixed, sizes);
    const map = featureMaps[featureMap];
    return { q: map(q), k: map(k), v: silu(v) };
}
function plan(settings, where) {
    const sizes = headSizes(settings);
    const { H, M, V } = sizes;
    const memory = planMemory(settings, sizes, where);
    const how = normsOf(settings, memory.rule);
    const map = (mixed) => mapped(settings, sizes, mixed);
    const apart = ({ q, k, v }) => ({
        q: normalise(splitHeads(q, H), how.q),
        k: normalise(splitHeads(k, M), how.k),
        v: normalise(splitHeads(v, M), how.v),
    });
    const input = (weights, x, documents) => ({
        ...apart(vectorsOf(weights, x, map, documents)),
        ...controlsOf(memory, weights, x),
        documents,
    });
    /** Per-head norm, output gate and output projection of `[B,H,T,V]`. */
    const readOut = (weights, x, outputs) => {
        const normed = mergeHeads(rmsNorm(outputs, settings.normEpsilon));
        const gain = weightOf(weights, 'outputNorm');
        return linear(gated(weights, x, normed), foldGain(gain, weightOf(weights, 'output')));
    };
    return {
        specs: (D) => [
            ...vectorSpecs(settings, sizes, D),
            ...controlSpecs(memory, D),
            ...outputGateSpecs(settings, sizes, D),
            constantSpec('outputNorm', [H * V], 1),
            matrixSpec('output', H * V, D, settings.outputScale),
        ],
        inputs: INPUTS,
        forward: (weights, x, documents) => readOut(weights, x, readMemory(memory, input(weights, x, documents)).outputs),
        initState: (batchSize) => ({
            ...initMemory(memory, batchSize),
            ...initCarry(settings, sizes, batchSize),
        }),
        next: (weights, x, state) => {
            const { carry, ...vectors } = nextVectors(weights, x, map, state);
            const read = readNext(memory, { ...apart(vectors), ...controlsOf(memory, weights, x) }, state);
            return { output: readOut(weights, x, read.outputs), state: { ...read.state, ...carry } };
        },
        operations: async () => memoryOperations(memory),
        memory: { ...memory, input },
    };
}
/**
 * Heads that each read a memory S which learns by its rule from keys (CS) and values (US), forgets by its gate, and is
 * read with queries (test stimuli).
 *
 *   q, k = map(conv(x W_qk)) normalised,   v = silu(conv(x W_v)) normalised
 *   o = S q,   y = (rms(o) gain silu(x W_gate)) W_out
 *
 * With momentum q is shifted before it is normalised; M memories are read by H / M heads each. The memory restarts at a
 * document boundary. Decoding takes constant time and memory per token.
 */
export const conditioning = {
    name: 'conditioning',
    title: 'conditioning heads: associative memories that a learning rule writes',
    source: 'Qiao 2025, arXiv:2508.08289',
    options,
    inBlock: true,
    takesRule: true,
    keepsTokens: false,
    issues: (settings) => [...sharingIssues(settings), ...keyIssues(settings)],
    plan,
};
