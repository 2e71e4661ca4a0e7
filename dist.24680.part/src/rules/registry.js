import { ConfigError } from '../core/errors.js';
import { bcm } from './bcm.js';
import { bcmResponse } from './bcmResponse.js';
import { delta } from './delta.js';
import { hebbian } from './hebbian.js';
import { ojaResponse } from './ojaResponse.js';
import { ojaUnit } from './ojaUnit.js';
import { oja } from './oja.js';
import { ruleIssues } from './ruleIssues.js';
/** Every learning rule by name. A new one is its file and its line here. */
const table = {
    bcm,
    [bcmResponse.name]: bcmResponse,
    delta,
    hebbian,
    oja,
    [ojaResponse.name]: ojaResponse,
    [ojaUnit.name]: ojaUnit,
};
/** Every learning rule by name: those of this project, and those registered since the process began. */
export const rules = table;
/**
 * Makes a rule known by its name, for as long as the process lives: to configs, layers and checkpoints. The same
 * object again changes nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another rule.
 */
export function registerRule(rule) {
    const issues = ruleIssues(rule);
    if (issues.length > 0)
        throw new ConfigError(issues.join('\n'));
    const known = rule; // by the check before
    const { name } = known;
    if (Object.hasOwn(table, name) && table[name] !== known) {
        throw new ConfigError(`rule.name: '${name}' is already registered; choose another name`);
    }
    table[name] = known;
    return known;
}
