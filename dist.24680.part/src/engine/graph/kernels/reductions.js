import { attribute, inputOf } from '../lowering.js';
import { binary, cast } from './elementwise.js';
/** Axes as tfjs gives them (a number, a list, or null for all; `max` has a name of its own), from 0. */
function axesOf(x, attrs) {
    const given = attribute(attrs, 'reductionIndices' in attrs ? 'reductionIndices' : 'axis');
    const all = x.shape.map((_, i) => i);
    const list = given === null || given === undefined ? all : [given].flat();
    return list.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
}
/** A reduction by ONNX node `type` over the axes. */
export function reduce(g, type, x, axes, keep) {
    const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
    const shape = keep ? kept : x.shape.filter((_, i) => !axes.includes(i));
    if (axes.every((axis) => x.shape[axis] === 1))
        return g.reshape(x, shape);
    const squared = squareRoot(g, type, x);
    if (squared)
        return reduceSquares(g, type, squared, { axes, kept, shape });
    const node = g.op(type, [x, g.ints(axes)], { keepdims: 1 }, { shape: kept, dtype: x.dtype });
    return g.reshape(node, shape);
}
/** The y of a sum or mean over `y * y`, which one node computes without the squares in between. */
function squareRoot(g, type, x) {
    if (type !== 'ReduceSum' && type !== 'ReduceMean')
        return undefined;
    const producer = g.producerOf(x);
    const [a, b] = producer?.inputs ?? [];
    if (producer?.type !== 'Mul' || a === undefined || a !== b)
        return undefined;
    return { name: a, shape: x.shape, dtype: x.dtype };
}
function reduceSquares(g, type, x, { axes, kept, shape }) {
    const sum = g.op('ReduceSumSquare', [x, g.ints(axes)], { keepdims: 1 }, { shape: kept, dtype: x.dtype });
    if (type === 'ReduceSum')
        return g.reshape(sum, shape);
    const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
    return g.reshape(binary(g, 'Mul', sum, g.scalar(1 / count)), shape);
}
const reducer = (type) => (g, inputs, attrs) => {
    const x = inputOf(inputs, 'x');
    return reduce(g, type, x, axesOf(x, attrs), attribute(attrs, 'keepDims') ?? false);
};
/** `any` and `all`: ONNX has none for bool, so the largest or smallest of 0 and 1. */
const logical = (type) => (g, inputs, attrs) => {
    const x = cast(g, inputOf(inputs, 'x'), 'int32');
    const keep = attribute(attrs, 'keepDims') ?? false;
    return cast(g, reduce(g, type, x, axesOf(x, attrs), keep), 'bool');
};
const extremum = (type) => (g, inputs, attrs) => {
    const x = inputOf(inputs, 'x');
    const [axis = 0] = axesOf(x, attrs);
    const shape = x.shape.toSpliced(axis, 1);
    return cast(g, g.op(type, [x], { axis, keepdims: 0 }, { shape, dtype: 'int64' }), 'int32');
};
export const reductions = {
    Sum: (g, inputs, attrs) => {
        const x = inputOf(inputs, 'x');
        const summed = x.dtype === 'bool' ? cast(g, x, 'int32') : x;
        const keep = attribute(attrs, 'keepDims') ?? false;
        return reduce(g, 'ReduceSum', summed, axesOf(x, attrs), keep);
    },
    Mean: reducer('ReduceMean'),
    Max: reducer('ReduceMax'),
    Min: reducer('ReduceMin'),
    Prod: reducer('ReduceProd'),
    Any: logical('ReduceMax'),
    All: logical('ReduceMin'),
    ArgMax: extremum('ArgMax'),
    ArgMin: extremum('ArgMin'),
    Softmax: (g, inputs, attrs) => {
        const x = inputOf(inputs, 'logits');
        return g.op('Softmax', [x], { axis: attribute(attrs, 'dim') }, x);
    },
    Cumsum: (g, inputs, attrs) => {
        const x = inputOf(inputs, 'x');
        const axis = attribute(attrs, 'axis');
        const flag = (name) => (attribute(attrs, name) ? 1 : 0);
        const attributes = { exclusive: flag('exclusive'), reverse: flag('reverse') };
        return g.op('CumSum', [x, g.scalar(axis < 0 ? axis + x.shape.length : axis, 'int32')], attributes, x);
    },
};
