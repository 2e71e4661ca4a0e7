import { type Variable } from '../core/tf.js';
/**
 * Runs a function in which these variables say by name what is wrong with a value of another shape or type;
 * tfjs's own message names neither function nor variable.
 *
 * @throws ShapeError for such an assignment, before it changes anything.
 */
export declare function withCheckedAssignments<T>(variables: readonly Variable[], name: string, body: () => T): T;
