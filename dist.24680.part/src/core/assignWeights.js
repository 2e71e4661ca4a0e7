import { CheckpointError } from './errors.js';
import { sameShape, sizeOf } from './shapes.js';
import { tf } from './tf.js';
/** What is wrong with the value stored for a variable; nothing where it fits. */
function issuesOf({ name, variable: { shape } }, values) {
    const found = values.get(name);
    const expected = `'${name}': expected shape [${shape.join(',')}]`;
    if (!found)
        return [`${expected}, got nothing`];
    if (!sameShape(found.shape, shape))
        return [`${expected}, got [${found.shape.join(',')}]`];
    if (!(found.data instanceof Float32Array))
        return [`'${name}': expected float32 values, got others`];
    const [wanted, got] = [sizeOf(shape), found.data.length];
    return wanted === got ? [] : [`'${name}': expected ${wanted} values, got ${got}`];
}
/**
 * Assigns stored tensors to variables, all or none. Call it before a compiled function has read them.
 *
 * @param where names what is assigned, such as `checkpoint step-000400: optimizer.safetensors`.
 * @throws CheckpointError that lists every tensor that is missing, unknown or of another shape; nothing is changed then.
 */
export function assignWeights(variables, values, where) {
    const known = new Set(variables.map(({ name }) => name));
    const issues = [
        ...variables.flatMap((each) => issuesOf(each, values)),
        ...[...values.keys()]
            .filter((name) => !known.has(name))
            .map((name) => `'${name}': expected no such tensor, got one`),
    ];
    if (issues.length > 0) {
        throw new CheckpointError(`${where}: expected the tensors of the config, got ${issues.length} that differ; load them with the config they were saved with\n${issues.join('\n')}`);
    }
    for (const { name, variable } of variables) {
        const data = values.get(name)?.data;
        if (!(data instanceof Float32Array))
            continue; // each is, by the check before
        tf.tidy(() => {
            variable.assign(tf.tensor(data, variable.shape));
        });
    }
}
