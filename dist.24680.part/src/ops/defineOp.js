import { tf } from '../core/tf.js';
const listOf = (value) => (value instanceof tf.Tensor ? [value] : [...value]);
/** Runs a call and records its gradient. */
export function runWithGradient(call) {
    // The cast is tfjs's own private method: `tf.customGrad`, its public form, allows one output only.
    return listOf(tf.engine().runKernelFunc(call));
}
/**
 * Makes an operation, which is called like any function and differentiable where it has a gradient. An engine may
 * map its kernel name to something faster by registering a tfjs kernel of that name; the mapping must then pass
 * the tests of the definition.
 *
 * State: pure; disposal is the caller's `tidy`.
 */
export function defineOp(definition) {
    const { name, differentiable = [], define, gradient, call } = definition;
    const takesGradient = (key) => typeof differentiable === 'function' ? differentiable(key) : differentiable.includes(key);
    const evaluate = (inputs, attrs) => {
        if (!tf.getKernel(name, tf.getBackend()))
            return define(inputs, attrs);
        const outputs = tf.engine().runKernel(name, { ...given(inputs) }, { ...attrs });
        return outputs; // a mapping gives what the definition does
    };
    const apply = (inputs, attrs = {}) => {
        if (!gradient)
            return evaluate(inputs, attrs);
        const tensors = given(inputs);
        let several = false;
        // The casts below: tensors come back from tfjs in the order in which they were put in.
        const shaped = (list) => (several ? list : list[0]);
        const outputs = runWithGradient({
            forwardFunc: (_backend, save) => {
                const results = evaluate(inputs, attrs);
                several = Array.isArray(results);
                save([...Object.values(tensors), ...listOf(results)]);
                return listOf(results);
            },
            backwardsFunc: (dy, saved) => {
                const names = Object.keys(tensors);
                const again = Object.fromEntries(names.map((key, i) => [key, saved[i]]));
                const found = gradient(shaped(listOf(dy)), again, shaped(saved.slice(names.length)), attrs);
                const grads = Object.entries(found);
                return Object.fromEntries(grads.flatMap(([key, grad]) => (grad ? [[key, () => grad]] : [])));
            },
            inputs: Object.fromEntries(Object.entries(tensors).filter(([key]) => takesGradient(key))),
        });
        return shaped(outputs);
    };
    const callable = call ? call(apply) : apply; // without `call`, Call is Apply
    return Object.assign(callable, { kernel: name });
}
/** The inputs that there are. */
function given(inputs) {
    return Object.fromEntries(Object.entries(inputs).flatMap(([name, tensor]) => (tensor ? [[name, tensor]] : [])));
}
