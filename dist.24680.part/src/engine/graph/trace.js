import { required } from '../../core/required.js';
import { TraceError } from '../../core/errors.js';
import { tf } from '../../core/tf.js';
import { withCheckedAssignments } from '../assignments.js';
import { withBackend } from '../backends.js';
import { GraphBuilder } from './builder.js';
import './kernels/register.js';
import { elementType, TRACE_BACKEND, traceBackend } from './traceBackend.js';
function flatten(tree) {
    if (tree instanceof tf.Tensor)
        return { tensors: [tree], assemble: ([only]) => required(only, 'a result') };
    if (Array.isArray(tree))
        return { tensors: [...tree], assemble: (tensors) => tensors };
    const names = Object.keys(tree);
    const assemble = (tensors) => Object.fromEntries(names.map((name, i) => [name, required(tensors[i], 'a result')]));
    return { tensors: Object.values(tree), assemble };
}
/** tfjs's own messages about kernels and values, said in terms of this engine. */
function explain(error, name) {
    const message = error instanceof Error ? error.message : String(error);
    const kernel = /Kernel '(\w+)' not registered/.exec(message)?.[1];
    if (kernel === undefined)
        return error instanceof Error ? error : new Error(message);
    return new TraceError(`${name}: expected kernels the graph engine maps, got '${kernel}'; write it with other ops or use --engine eager`, { cause: error });
}
/** Runs `body` while each variable stands for a graph input; gives the values of those it assigned. */
function withSymbolicVariables(variables, symbols, body) {
    const swappable = variables; // see Swappable
    const originals = swappable.map(({ dataId }) => dataId);
    const ids = symbols.map((symbol) => traceBackend.adopt(symbol));
    swappable.forEach((variable, i) => (variable.dataId = required(ids[i], 'an id')));
    const updated = () => new Map(swappable.flatMap((variable, i) => variable.dataId === ids[i] ? [] : [[i, traceBackend.valueBehind(variable)]]));
    try {
        return body(updated);
    }
    finally {
        swappable.forEach((variable, i) => {
            // An assignment made tfjs count the variable once more.
            if (variable.dataId !== ids[i])
                tf.engine().disposeTensor(variable);
            variable.dataId = required(originals[i], 'an id');
        });
    }
}
/**
 * Records a function of tensors as a graph.
 *
 * @throws TraceError when it reads a value or uses a kernel without a mapping, ShapeError when it assigns a variable
 *   a value of another shape or type.
 */
export function trace(fn, examples, variables, name) {
    const builder = new GraphBuilder();
    return withBackend(TRACE_BACKEND, () => {
        traceBackend.begin(builder, name);
        tf.engine().startScope();
        try {
            return withCheckedAssignments(variables, name, () => record(builder, fn, examples, variables, name));
        }
        catch (error) {
            throw explain(error, name);
        }
        finally {
            tf.engine().endScope();
            traceBackend.end();
        }
    });
}
function record(builder, fn, examples, variables, name) {
    const declare = (prefix) => (tensor, i) => builder.input(`${prefix}${i}`, tensor.shape, elementType(tensor.dtype, name));
    const inputs = examples.map(declare('in'));
    const states = variables.map(declare('state'));
    return withSymbolicVariables(variables, states, (updated) => {
        const { tensors, assemble } = flatten(fn(...inputs.map((value) => traceBackend.tensor(value))));
        const results = tensors.map((tensor, i) => builder.output(traceBackend.valueBehind(tensor), `out${i}`));
        const updates = [...updated()].map(([i, value]) => [i, builder.output(value, `next${i}`)]);
        return {
            graph: builder.finish([...results, ...updates.map(([, value]) => value)]),
            inputs: inputs.map((value) => value.name),
            states: states.map((value) => value.name),
            updates: new Map(updates.map(([i, value]) => [i, value.name])),
            results,
            assemble,
        };
    });
}
