import { required } from '../../core/required.js';
import { sameShape, sizeOf } from '../../core/shapes.js';
import { toTypedArray, uniformOf, } from './value.js';
/** Constants up to this many elements are shared by content. */
const SHARED_SIZE = 4096;
/**
 * Collects the nodes of one graph. Equal nodes become one; reshapes cost nothing until they are needed;
 * what no output needs is left out by `finish`.
 */
export class GraphBuilder {
    prefix;
    nodes = [];
    constants = new Map();
    inputs = [];
    producers = new Map();
    renamed = new Map();
    made = new Map();
    shared = new Map();
    count = 0;
    /** `prefix` keeps the names of nested graphs apart. */
    constructor(prefix = '') {
        this.prefix = prefix;
    }
    /** A name nothing else in the graph has. */
    fresh() {
        return `${this.prefix}t${this.count++}`;
    }
    /** Declares a graph input. */
    input(name, shape, dtype) {
        const value = { name: `${this.prefix}${name}`, shape, dtype };
        this.inputs.push(value);
        return value;
    }
    /** A constant, stored when a node first uses it. */
    constant(values, shape, dtype) {
        const data = toTypedArray(values, dtype);
        const uniform = uniformOf(data);
        return { name: '', shape, dtype, constant: data, ...(uniform === undefined ? {} : { uniform }) };
    }
    /** A tensor of one number; it takes no memory while tracing. */
    uniform(uniform, shape, dtype) {
        return { name: '', shape, dtype, uniform };
    }
    scalar(value, dtype = 'float32') {
        return this.uniform(value, [], dtype);
    }
    /** A vector of int64, as ONNX wants axes and shapes. */
    ints(values) {
        return this.constant(values, [values.length], 'int64');
    }
    /** The same data under another shape. */
    reshape(value, shape) {
        if (sameShape(value.shape, shape))
            return value;
        if (value.name === '')
            return { ...value, shape };
        const base = value.base ?? value;
        return sameShape(base.shape, shape) ? base : { ...base, shape, base };
    }
    /** Adds a node with one output. */
    op(type, inputs, attributes, info, domain = '') {
        const [value] = this.opMany(type, inputs, attributes, [info], domain);
        return required(value, 'one output');
    }
    /** Adds a node; an undefined input is an optional one left out. */
    opMany(type, inputs, attributes, infos, domain = '') {
        const names = inputs.map((value) => (value ? this.nameOf(value) : ''));
        const nested = Object.values(attributes).some((value) => typeof value === 'object' && 'graph' in value);
        const key = nested ? this.fresh() : `${domain}.${type}(${names.join(',')})${JSON.stringify(attributes)}`;
        const known = this.made.get(key);
        if (known?.length === infos.length)
            return known;
        const values = infos.map((info) => ({ name: this.fresh(), shape: info.shape, dtype: info.dtype }));
        const flops = infos.reduce((sum, info) => sum + (info.flops ?? 0), 0);
        this.add({ type, domain, inputs: names, outputs: values.map(({ name }) => name), attributes, flops });
        this.made.set(key, values);
        return values;
    }
    /** The name under which nodes of this graph can use the value in its shape. */
    nameOf(value) {
        if (value.name === '')
            return this.store(value);
        if (!value.base)
            return value.name;
        const shape = this.ints(value.shape);
        return this.op('Reshape', [value.base, shape], {}, { shape: value.shape, dtype: value.dtype }).name;
    }
    store(value) {
        const size = sizeOf(value.shape);
        if (value.uniform !== undefined && size > SHARED_SIZE)
            return this.expand(value, value.uniform);
        const data = value.constant ?? toTypedArray(new Array(size).fill(value.uniform ?? 0), value.dtype);
        const key = size > SHARED_SIZE ? undefined : `${value.dtype}[${value.shape.join()}]${data.join()}`;
        const known = key === undefined ? undefined : this.shared.get(key);
        if (known !== undefined)
            return known;
        const name = this.fresh();
        this.constants.set(name, { name, shape: value.shape, dtype: value.dtype, data });
        if (key !== undefined)
            this.shared.set(key, name);
        return name;
    }
    /** A large tensor of one number, made when the graph runs instead of stored. */
    expand(value, uniform) {
        const one = this.uniform(uniform, [1], value.dtype);
        return this.op('Expand', [one, this.ints(value.shape)], {}, { shape: value.shape, dtype: value.dtype })
            .name;
    }
    add(node) {
        this.nodes.push(node);
        for (const name of node.outputs)
            this.producers.set(name, node);
    }
    /** The node that makes a value, if it is one of this graph's nodes in the shape the node gives it. */
    producerOf(value) {
        return value.base || value.name === '' ? undefined : this.producers.get(value.name);
    }
    /** Marks the result under an output name of its own: the node's own output where that can be renamed. */
    output(value, name) {
        const out = { name: `${this.prefix}${name}`, shape: value.shape, dtype: value.dtype };
        const made = this.nameOf(value);
        if (this.producers.has(made) && !this.renamed.has(made))
            this.renamed.set(made, out.name);
        else
            this.add({
                type: 'Identity',
                domain: '',
                inputs: [made],
                outputs: [out.name],
                attributes: {},
                flops: 0,
            });
        return out;
    }
    /** The graph that computes these outputs, without what they do not need. */
    finish(outputs) {
        const needed = new Set(outputs.map(({ name }) => name));
        const kept = this.nodes
            .map((node) => this.withNewNames(node))
            .reverse()
            .filter((node) => {
            if (!node.outputs.some((name) => needed.has(name)))
                return false;
            for (const name of node.inputs)
                needed.add(name);
            for (const name of outerNames(node))
                needed.add(name);
            return true;
        });
        const constants = [...this.constants.values()].filter(({ name }) => needed.has(name));
        const inputs = this.inputs.filter(({ name }) => needed.has(name));
        return { nodes: kept.reverse(), constants, inputs, outputs };
    }
    withNewNames(node) {
        const rename = (name) => this.renamed.get(name) ?? name;
        const attributes = Object.entries(node.attributes).map(([key, value]) => {
            if (typeof value !== 'object' || !('graph' in value))
                return [key, value];
            // The body of a loop may read values of this graph.
            return [
                key,
                { graph: { ...value.graph, nodes: value.graph.nodes.map((inner) => this.withNewNames(inner)) } },
            ];
        });
        return {
            ...node,
            inputs: node.inputs.map(rename),
            outputs: node.outputs.map(rename),
            attributes: Object.fromEntries(attributes), // the same keys and kinds
        };
    }
}
/** Names a node's nested graphs take from the graph around them, or from their own. */
function outerNames(node) {
    return Object.values(node.attributes).flatMap((value) => {
        if (typeof value !== 'object' || !('graph' in value))
            return [];
        return value.graph.nodes.flatMap((inner) => [...inner.inputs, ...outerNames(inner)]);
    });
}
