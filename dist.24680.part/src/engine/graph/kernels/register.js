import { tf } from '../../../core/tf.js';
import { TRACE_BACKEND, traceBackend } from '../traceBackend.js';
import { convolution } from './convolution.js';
import { crossEntropy } from './crossEntropy.js';
import { customOps } from './customOps.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { shaping } from './shaping.js';
/**
 * Families of lowerings as one.
 *
 * @throws Error (a fault of ours, not the user's) when two of them have a kernel of the same name.
 */
export function mergeLowerings(families) {
    const names = families.flatMap((family) => Object.keys(family));
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice === undefined)
        return Object.assign({}, ...families);
    throw new Error(`graph kernels: kernel '${twice}' is lowered in two places; this is a fault in pavlov-lm`);
}
/** Every kernel the graph engine knows, by name. */
export const lowerings = mergeLowerings([
    elementwise,
    shaping,
    reductions,
    products,
    indexing,
    convolution,
    crossEntropy,
    customOps,
]);
function info(value) {
    // The cast: int64 never leaves a lowering, so the type is one tfjs has.
    return { dataId: traceBackend.adopt(value), shape: [...value.shape], dtype: value.dtype };
}
function kernel(lowering) {
    return ({ inputs, attrs }) => {
        const values = Object.fromEntries(Object.entries(inputs).flatMap(([name, tensor]) => tensor ? [[name, traceBackend.valueBehind(tensor)]] : []));
        const result = lowering(traceBackend.builder, values, attrs ?? {});
        return Array.isArray(result) ? result.map(info) : info(result);
    };
}
for (const [kernelName, lowering] of Object.entries(lowerings)) {
    tf.registerKernel({ kernelName, backendName: TRACE_BACKEND, kernelFunc: kernel(lowering) });
}
