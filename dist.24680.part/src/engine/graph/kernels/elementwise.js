import { required } from '../../../core/required.js';
import { tf } from '../../../core/tf.js';
import { sameShape } from '../../../core/shapes.js';
import { attribute, inputOf } from '../lowering.js';
import { onnxType } from '../value.js';
const UNARY = {
    Abs: 'Abs',
    Acos: 'Acos',
    Asin: 'Asin',
    Atan: 'Atan',
    Ceil: 'Ceil',
    Cos: 'Cos',
    Cosh: 'Cosh',
    Erf: 'Erf',
    Exp: 'Exp',
    Floor: 'Floor',
    Log: 'Log',
    Neg: 'Neg',
    Reciprocal: 'Reciprocal',
    Relu: 'Relu',
    Round: 'Round',
    Selu: 'Selu',
    Sigmoid: 'Sigmoid',
    Sign: 'Sign',
    Sin: 'Sin',
    Sinh: 'Sinh',
    Softplus: 'Softplus',
    Sqrt: 'Sqrt',
    Tan: 'Tan',
    Tanh: 'Tanh',
};
const COMPARE = {
    Equal: 'Equal',
    Greater: 'Greater',
    GreaterEqual: 'GreaterOrEqual',
    Less: 'Less',
    LessEqual: 'LessOrEqual',
    LogicalAnd: 'And',
    LogicalOr: 'Or',
};
function broadcast(a, b) {
    return tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
}
/** A node whose output is like its first input; element by element, so it runs in the shape the data has. */
export function same(g, type, inputs, x) {
    const [first, ...scalars] = inputs;
    const base = first === x ? (x.base ?? x) : x;
    const node = g.op(type, [first === x ? base : first, ...scalars], {}, { shape: base.shape, dtype: x.dtype });
    return g.reshape(node, x.shape);
}
/** A broadcasting node; a constant that is one number is stored once as a scalar. */
export function binary(g, type, a, b, dtype = a.dtype) {
    const shape = broadcast(a, b);
    const small = (x, other) => x.uniform !== undefined && sameShape(other.shape, shape) ? g.scalar(x.uniform, x.dtype) : x;
    const right = small(b, a);
    const left = right === b ? small(a, b) : a;
    const [inner, other] = inDataShape(g, left, right);
    const node = g.op(type, [inner, other], {}, { shape: broadcast(inner, other), dtype });
    return g.reshape(node, shape);
}
/** Both operands in the shape their data has, where that is one shape or the other is a scalar. */
function inDataShape(g, a, b) {
    if (b.shape.length === 0)
        return [besideScalar(g, a), b];
    if (a.shape.length === 0)
        return [a, besideScalar(g, b)];
    const equal = sameShape(a.shape, b.shape) && a.base && b.base && sameShape(a.base.shape, b.base.shape);
    return equal && a.base && b.base ? [a.base, b.base] : [a, b];
}
/** A tensor beside a scalar, without a last axis of 1: the runtime goes through that element by element. */
function besideScalar(g, x) {
    const data = x.base ?? x;
    if (data.shape.at(-1) !== 1)
        return data;
    const rest = data.shape.filter((size) => size !== 1);
    return g.reshape(data, rest);
}
const fold = {
    Add: (a, b) => a + b,
    Sub: (a, b) => a - b,
    Mul: (a, b) => a * b,
    Div: (a, b) => a / b,
};
/** The operand that `op` leaves unchanged on the right: x + 0, x - 0, x * 1, x / 1. */
const neutral = { Add: 0, Sub: 0, Mul: 1, Div: 1 };
/** Arithmetic with what is known while tracing worked out: tfjs's gradients begin with ones and zeros. */
export function arithmetic(g, type, a, b) {
    const shape = broadcast(a, b);
    const compute = fold[type];
    if (a.dtype === 'float32' && a.uniform !== undefined && b.uniform !== undefined && compute) {
        return g.uniform(compute(a.uniform, b.uniform), shape, a.dtype);
    }
    if (b.uniform === neutral[type] && sameShape(a.shape, shape))
        return a;
    const commutes = type === 'Add' || type === 'Mul';
    if (commutes && a.uniform === neutral[type] && sameShape(b.shape, shape))
        return b;
    return binary(g, type, a, b);
}
const unary = Object.entries(UNARY).map(([name, type]) => [
    name,
    (g, inputs) => same(g, type, [inputOf(inputs, 'x')], inputOf(inputs, 'x')),
]);
const compare = Object.entries(COMPARE).map(([name, type]) => [
    name,
    (g, inputs) => binary(g, type, inputOf(inputs, 'a'), inputOf(inputs, 'b'), 'bool'),
]);
const pairs = Object.entries({ Add: 'Add', Sub: 'Sub', Multiply: 'Mul', RealDiv: 'Div' }).map(([name, type]) => [
    name,
    (g, inputs) => arithmetic(g, type, inputOf(inputs, 'a'), inputOf(inputs, 'b')),
]);
const extremes = Object.entries({ Maximum: 'Max', Minimum: 'Min', Pow: 'Pow' }).map(([name, type]) => [
    name,
    (g, inputs) => binary(g, type, inputOf(inputs, 'a'), inputOf(inputs, 'b')),
]);
/** Casts between float, int and bool; a number is true when it is not 0. */
export function cast(g, x, dtype) {
    if (x.dtype === dtype)
        return x;
    const to = onnxType[dtype];
    return g.op('Cast', [x], { to }, { shape: x.shape, dtype });
}
const not = (g, x) => g.op('Not', [x], {}, { shape: x.shape, dtype: 'bool' });
/** a - b floor(a / b), with the sign of b; ONNX defines it so for integers. */
function modulo(g, a, b) {
    if (a.dtype === 'int32')
        return binary(g, 'Mod', a, b);
    const quotient = binary(g, 'Div', a, b);
    return binary(g, 'Sub', a, binary(g, 'Mul', same(g, 'Floor', [quotient], quotient), b));
}
/** floor(a / b) as int32, as tfjs gives it. ONNX cuts integer quotients towards 0: 1 too high where that is up. */
function floorDivide(g, a, b) {
    const quotient = binary(g, 'Div', a, b);
    if (a.dtype === 'float32')
        return cast(g, same(g, 'Floor', [quotient], quotient), 'int32');
    const rest = binary(g, 'Sub', a, binary(g, 'Mul', quotient, b));
    const isHigh = not(g, binary(g, 'Equal', rest, modulo(g, a, b), 'bool'));
    return binary(g, 'Sub', quotient, cast(g, isHigh, 'int32'));
}
/** exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which keeps the digits of a small x. */
function expm1(g, x) {
    const half = arithmetic(g, 'Mul', x, g.scalar(0.5));
    const sum = arithmetic(g, 'Add', same(g, 'Exp', [x], x), g.scalar(1));
    return binary(g, 'Mul', same(g, 'Tanh', [half], half), sum);
}
/** log(1 + x); where 1 + x loses digits of x, by 2 atanh(x / (2 + x)), which is the same. */
function log1p(g, x) {
    const sum = arithmetic(g, 'Add', x, g.scalar(1));
    const ratio = binary(g, 'Div', x, arithmetic(g, 'Add', x, g.scalar(2)));
    const near = arithmetic(g, 'Mul', same(g, 'Atanh', [ratio], ratio), g.scalar(2));
    const isFar = binary(g, 'Greater', same(g, 'Abs', [x], x), g.scalar(0.5), 'bool');
    return g.op('Where', [isFar, same(g, 'Log', [sum], sum), near], {}, { shape: x.shape, dtype: x.dtype });
}
export const elementwise = {
    ...Object.fromEntries([...unary, ...compare, ...pairs, ...extremes]),
    AddN: (g, inputs) => {
        const [first, ...rest] = Object.values(inputs);
        return rest.reduce((sum, x) => arithmetic(g, 'Add', sum, x), required(first, 'a term of addN'));
    },
    NotEqual: (g, inputs) => not(g, binary(g, 'Equal', inputOf(inputs, 'a'), inputOf(inputs, 'b'), 'bool')),
    LogicalNot: (g, inputs) => not(g, inputOf(inputs, 'x')),
    SquaredDifference: (g, inputs) => {
        const difference = binary(g, 'Sub', inputOf(inputs, 'a'), inputOf(inputs, 'b'));
        return binary(g, 'Mul', difference, difference);
    },
    FloorDiv: (g, inputs) => floorDivide(g, inputOf(inputs, 'a'), inputOf(inputs, 'b')),
    Mod: (g, inputs) => modulo(g, inputOf(inputs, 'a'), inputOf(inputs, 'b')),
    Square: (g, inputs) => binary(g, 'Mul', inputOf(inputs, 'x'), inputOf(inputs, 'x')),
    Rsqrt: (g, inputs) => {
        const x = inputOf(inputs, 'x');
        return same(g, 'Reciprocal', [same(g, 'Sqrt', [x], x)], x);
    },
    Expm1: (g, inputs) => expm1(g, inputOf(inputs, 'x')),
    Log1p: (g, inputs) => log1p(g, inputOf(inputs, 'x')),
    Elu: (g, inputs) => g.op('Elu', [inputOf(inputs, 'x')], { alpha: { f: 1 } }, inputOf(inputs, 'x')),
    EluGrad: (g, inputs) => {
        const [dy, y] = [inputOf(inputs, 'dy'), inputOf(inputs, 'y')];
        const slope = binary(g, 'Min', y, g.scalar(0));
        return binary(g, 'Mul', dy, arithmetic(g, 'Add', slope, g.scalar(1)));
    },
    LeakyRelu: (g, inputs, attrs) => g.op('LeakyRelu', [inputOf(inputs, 'x')], { alpha: { f: attribute(attrs, 'alpha') } }, inputOf(inputs, 'x')),
    Relu6: (g, inputs) => same(g, 'Clip', [inputOf(inputs, 'x'), g.scalar(0), g.scalar(6)], inputOf(inputs, 'x')),
    ClipByValue: (g, inputs, attrs) => {
        const bounds = [attribute(attrs, 'clipValueMin'), attribute(attrs, 'clipValueMax')];
        const x = inputOf(inputs, 'x');
        return same(g, 'Clip', [x, ...bounds.map((bound) => g.scalar(bound, x.dtype))], x);
    },
    Step: (g, inputs, attrs) => {
        const x = inputOf(inputs, 'x');
        const positive = cast(g, binary(g, 'Greater', x, g.scalar(0), 'bool'), 'float32');
        const alpha = attribute(attrs, 'alpha') ?? 0;
        if (alpha === 0)
            return positive;
        const negative = arithmetic(g, 'Sub', g.scalar(1), positive);
        return binary(g, 'Add', positive, binary(g, 'Mul', negative, g.scalar(alpha)));
    },
    IsNan: (g, inputs) => g.op('IsNaN', [inputOf(inputs, 'x')], {}, { ...inputOf(inputs, 'x'), dtype: 'bool' }),
    IsInf: (g, inputs) => g.op('IsInf', [inputOf(inputs, 'x')], {}, { ...inputOf(inputs, 'x'), dtype: 'bool' }),
    IsFinite: (g, inputs) => {
        const x = inputOf(inputs, 'x');
        const zero = binary(g, 'Sub', x, x); // NaN for NaN and infinities, else 0
        return binary(g, 'Equal', zero, g.scalar(0), 'bool');
    },
    Select: (g, inputs) => {
        const [condition, t, e] = [inputOf(inputs, 'condition'), inputOf(inputs, 't'), inputOf(inputs, 'e')];
        return g.op('Where', [condition, t, e], {}, { shape: t.shape, dtype: t.dtype });
    },
    Cast: (g, inputs, attrs) => cast(g, inputOf(inputs, 'x'), attribute(attrs, 'dtype')),
    Fill: (g, _inputs, attrs) => {
        const dtype = attribute(attrs, 'dtype') ?? 'float32';
        return g.uniform(attribute(attrs, 'value'), attribute(attrs, 'shape'), dtype);
    },
    ZerosLike: (g, inputs) => like(g, 0, inputOf(inputs, 'x')),
    OnesLike: (g, inputs) => like(g, 1, inputOf(inputs, 'x')),
};
const like = (g, value, x) => g.uniform(value, x.shape, x.dtype);
