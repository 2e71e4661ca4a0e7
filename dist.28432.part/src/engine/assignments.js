import { ShapeError } from '../core/errors.js';
import { sameShape } from '../core/shapes.js';
import { tf } from '../core/tf.js';
const described = ({ shape, dtype }) => `[${shape.join()}] ${dtype}`;
function checkAssignment(variable, value, name) {
    if (sameShape(variable.shape, value.shape) && variable.dtype === value.dtype)
        return;
    throw new ShapeError(`${name}: expected variable '${variable.name}' to stay ${described(variable)}, got ${described(value)} ` +
        `assigned to it; reshape or cast the value, or make another variable for it`);
}
/**
 * Runs a function in which these variables say by name what is wrong with a value of another shape or type;
 * tfjs's own message names neither function nor variable.
 *
 * @throws ShapeError for such an assignment, before it changes anything.
 */
export function withCheckedAssignments(variables, name, body) {
    for (const variable of variables) {
        variable.assign = (value) => {
            checkAssignment(variable, value, name);
            tf.Variable.prototype.assign.call(variable, value);
        };
    }
    try {
        return body();
    }
    finally {
        // Without its own `assign` a variable has its class's again.
        for (const variable of variables)
            delete variable.assign;
    }
}
