import { tf } from '../core/tf.js';
import { traceMemory } from '../rules/run/traceMemory.js';
/** The layers whose mixer has memories, by index. */
export function memoriesOf({ layers }) {
    return layers.flatMap(({ plan: { memory } }, layer) => (memory ? [{ layer, memory }] : []));
}
/**
 * What the rule of every layer with memories is given on these inputs, to be run again with `runSequence`. Other layers
 * are left out.
 *
 * Shapes: inputs as the model's, documents [B,T] int32 -> as `SequenceInput`.
 * State: pure; traceable; disposes nothing.
 */
export function memoryInputs(model, inputs, documents) {
    const found = [];
    let x = model.embed(inputs, documents);
    for (const [layer, block] of model.layers.entries()) {
        const { memory } = block.plan;
        const input = block.memoryInput(x, documents);
        if (memory && input)
            found.push({ layer, memory, input });
        x = block.forward(x, documents);
    }
    return found;
}
/** A name in `MemoryTraces`. */
export function traceName(layer, name) {
    return `${layer}/${name}`;
}
/**
 * Follows every memory through the rows. Layers without memories give nothing.
 *
 * Shapes: ids, documents [B,T] int32; without documents a row is one.
 * State: pure; traceable; disposes nothing.
 */
export function memoryTraces(model, ids, documents) {
    const traces = memoryInputs(model, ids, documents).flatMap(({ layer, memory, input }) => {
        const trace = traceMemory(memory.rule, input, memory.ruleParams);
        const found = [...inputTraces(input), ...stateTraces(trace)];
        return found.map(([name, tensor]) => [traceName(layer, name), tensor]);
    });
    return Object.fromEntries(traces);
}
function inputTraces({ k, logDecay, signals }) {
    return [
        ['keys', k],
        ...(logDecay ? [['decay', tf.exp(logDecay)]] : []),
        ...Object.entries(signals).map(([name, signal]) => [`signal/${name}`, signal]),
    ];
}
function stateTraces({ norm, stability, state }) {
    return [
        ['norm', norm],
        ...(stability ? [['stability', stability]] : []),
        ...Object.entries(state).map(([field, tensor]) => [`state/${field}`, tensor]),
    ];
}
