import { codeOf, diskAdvice } from '../core/diskErrors.js';
import { PavlovError, CheckpointError } from '../core/errors.js';
/** True when the error says that a path does not exist. */
export function isMissing(error) {
    return codeOf(error) === 'ENOENT';
}
/**
 * An operating system's error as a message of ours; errors of ours, and faults of the program, as they are.
 *
 * @param where what was handled, such as `checkpoint step-000400`.
 * @param action what was tried, such as `save it in runs/a`.
 */
export function diskFault(where, action, error) {
    const code = codeOf(error);
    if (error instanceof PavlovError || code === undefined)
        return error;
    const help = diskAdvice(code) ?? error.message; // a code comes only with an Error
    return new CheckpointError(`${where}: expected to ${action}, got ${code}; ${help}`, { cause: error });
}
