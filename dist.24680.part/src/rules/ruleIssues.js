import { suggest } from '../core/errors.js';
import { shown } from '../core/text.js';
const NORMALISATIONS = ['unit', 'scaled', 'none'];
const ONNX_MODES = ['linear', 'gated', 'delta', 'gated_delta'];
function isTable(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function test(holds, expected) {
    return (value, path) => (holds(value) ? [] : [`${path}: expected ${expected}, got ${shown(value)}`]);
}
const text = test((value) => typeof value === 'string' && value.trim().length > 4, 'a text of some words');
const someText = test((value) => typeof value === 'string' && value !== '', 'a text');
const method = test((value) => typeof value === 'function', 'a function');
const finite = test((value) => typeof value === 'number' && Number.isFinite(value), 'a finite number');
const flag = test((value) => typeof value === 'boolean', 'true or false');
const word = test((value) => typeof value === 'string' && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value), 'a name of small letters, digits and single hyphens, such as my-rule');
function oneOf(words) {
    return test((value) => typeof value === 'string' && words.includes(value), `one of ${words.join(' | ')}`);
}
function optional(check) {
    return (value, path) => (value === undefined ? [] : check(value, path));
}
/** An object of these fields and no others. */
function fields(checks) {
    const names = Object.keys(checks);
    return (value, path) => {
        if (!isTable(value))
            return [`${path}: expected an object, got ${shown(value)}`];
        const unknown = Object.keys(value).filter((name) => !Object.hasOwn(checks, name));
        return [
            ...unknown.map((name) => {
                return `${path}.${name}: expected one of ${names.join(' | ')}, got '${name}'${suggest(name, names)}`;
            }),
            ...Object.entries(checks).flatMap(([name, check]) => check(value[name], `${path}.${name}`)),
        ];
    };
}
/** An object of any names, each value checked alike. */
function entries(check) {
    return (value, path) => {
        if (!isTable(value))
            return [`${path}: expected an object, got ${shown(value)}`];
        return Object.entries(value).flatMap(([name, entry]) => check(entry, `${path}.${name}`));
    };
}
/** The second check where the first finds nothing. */
function both(first, second) {
    return (value, path) => {
        const issues = first(value, path);
        return issues.length > 0 ? issues : second(value, path);
    };
}
const range = test((value) => {
    const [low, high] = Array.isArray(value) && value.length === 2 ? value : [];
    return Number.isFinite(low) && Number.isFinite(high) && Number(low) < Number(high);
}, 'two finite numbers [low, high] with low < high');
const words = test((value) => Array.isArray(value) &&
    value.length > 1 &&
    value.every((entry) => typeof entry === 'string' && entry !== ''), 'a list of at least two words');
/** A parameter: a number needs a range that holds its default, a word needs choices that do. */
const parameter = (value, path) => {
    if (!isTable(value))
        return [`${path}: expected an object, got ${shown(value)}`];
    const isWord = typeof value.default === 'string';
    const shape = fields({
        default: isWord ? someText : finite,
        ...(isWord ? { choices: words } : { range }),
        unit: optional(someText),
        doc: text,
    });
    return both(shape, isWord ? defaultAmongChoices : defaultInRange)(value, path);
};
// The casts below: each follows a check of just that shape.
const defaultInRange = (value, path) => {
    const spec = value;
    const [low, high] = spec.range;
    if (low <= spec.default && spec.default <= high)
        return [];
    return [`${path}.default: expected a number from ${low} to ${high}, got ${spec.default}`];
};
const defaultAmongChoices = (value, path) => {
    const spec = value;
    return oneOf(spec.choices)(spec.default, `${path}.default`);
};
const signal = fields({
    low: finite,
    high: test((value) => (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'string', 'a finite number or the name of a parameter'),
    initial: finite,
    meaning: text,
});
const stability = fields({ quantity: text, bound: finite, measure: method });
const normalise = fields({
    q: oneOf(NORMALISATIONS),
    k: oneOf(NORMALISATIONS),
    v: oneOf(NORMALISATIONS),
});
/** A check for every field of the contract; the compiler asks for a line where the contract gets a new one. */
const FIELDS = {
    name: word,
    title: text,
    equation: text,
    source: text,
    reductions: optional(test((value) => Array.isArray(value) && value.every((line) => typeof line === 'string' && line !== ''), 'a list of texts')),
    signals: entries(signal),
    params: entries(parameter),
    normalise,
    initState: method,
    step: method,
    chunk: optional(method),
    channelChunk: optional(flag),
    sharedReads: optional(flag),
    stability: optional(stability),
    onnx: optional(oneOf(ONNX_MODES)),
};
/** A signal lies between its bounds, of which the upper may be a parameter. */
function signalIssues({ signals, params }) {
    return Object.entries(signals).flatMap(([name, { low, high, initial }]) => {
        const path = `rule.signals.${name}`;
        const highest = typeof high === 'string' ? params[high]?.default : high;
        if (typeof highest !== 'number') {
            return [`${path}.high: expected a number or the name of a parameter that is one, got '${high}'`];
        }
        if (low < initial && initial < highest)
            return [];
        return [`${path}.initial: expected a number between ${low} and ${highest}, got ${initial}`];
    });
}
/**
 * Everything that is wrong with an object as a learning rule, each with the field it is in; none when it keeps
 * the contract's form. What its functions do is for `checkRule`.
 */
export function ruleIssues(rule) {
    const issues = fields(FIELDS)(rule, 'rule');
    // The cast: all fields have their types.
    return issues.length > 0 ? issues : signalIssues(rule);
}
