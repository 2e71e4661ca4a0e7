import { tf } from '../core/tf.js';
import { withCheckedAssignments } from './assignments.js';
import { nameOf, } from './engine.js';
import { loadBackend, withBackend } from './backends.js';
/** Runs a function and undoes its assignments when `commit` says no. */
function runOnce(body, name, options) {
    const { variables = [], commit } = options;
    const fn = () => withCheckedAssignments(variables, name, body);
    if (!commit)
        return tf.tidy(() => fn());
    const before = variables.map((variable) => tf.clone(variable));
    try {
        // The cast: every TensorTree is a tfjs TensorContainer, which TypeScript cannot see through the generic.
        const result = tf.tidy(() => fn());
        if (!commit(result))
            variables.forEach((variable, i) => variable.assign(before[i] ?? variable));
        return result;
    }
    finally {
        tf.dispose(before);
    }
}
/**
 * The engine that runs functions as they are, op by op, on a tfjs backend. The reference in tests.
 *
 * @throws ConfigError for an unknown backend, EngineError for one that does not start.
 */
export async function createEagerEngine(backend = 'cpu') {
    await loadBackend(backend);
    const compile = (fn, options = {}) => {
        const run = async (...inputs) => withBackend(backend, () => runOnce(() => fn(...inputs), nameOf(fn, options), options));
        return Object.assign(run, { dispose: async () => undefined });
    };
    return {
        name: 'eager',
        device: backend,
        compile,
        pull: async () => undefined,
        compileSeconds: 0,
        dispose: async () => undefined,
    };
}
