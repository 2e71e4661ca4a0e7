import { required } from '../../core/required.js';
import { sameShape, sizeOf } from '../../core/shapes.js';
import { devices } from './devices.js';
import {
  toTypedArray,
  uniformOf,
  type Constant,
  type ElementType,
  type GraphNode,
  type NodeAttributes,
  type OutputInfo,
  type RowWrite,
  type SubGraph,
  type Value,
} from './value.js';

/** Constants up to this many elements are shared by content. */
const SHARED_SIZE = 4096;

/**
 * Collects the nodes of one graph. Equal nodes become one; reshapes cost nothing until they are needed;
 * what no output needs is left out by `finish`.
 */
export class GraphBuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly constants = new Map<string, Constant>();
  private readonly inputs: Value[] = [];
  private readonly producers = new Map<string, GraphNode>();
  private readonly renamed = new Map<string, string>();
  private readonly made = new Map<string, readonly Value[]>();
  private readonly shared = new Map<string, string>();
  private count = 0;
  /** By the name of the table that results. */
  readonly rowWrites = new Map<string, RowWrite>();

  /** `prefix` keeps the names of nested graphs apart; `device` is what the graph is for. */
  constructor(
    private readonly prefix = '',
    readonly device = devices.cpu,
  ) {}

  /** A name nothing else in the graph has. */
  fresh(): string {
    return `${this.prefix}t${this.count++}`;
  }

  /** Declares a graph input. */
  input(name: string, shape: readonly number[], dtype: ElementType): Value {
    const value = { name: `${this.prefix}${name}`, shape, dtype };
    this.inputs.push(value);
    return value;
  }

  /** A constant, stored when a node first uses it. */
  constant(values: ArrayLike<number>, shape: readonly number[], dtype: ElementType): Value {
    const data = toTypedArray(values, dtype);
    const uniform = uniformOf(data);
    return { name: '', shape, dtype, constant: data, ...(uniform === undefined ? {} : { uniform }) };
  }

  /** A tensor of one number; it takes no memory while tracing. */
  uniform(uniform: number, shape: readonly number[], dtype: ElementType): Value {
    return { name: '', shape, dtype, uniform };
  }

  scalar(value: number, dtype: ElementType = 'float32'): Value {
    return this.uniform(value, [], dtype);
  }

  /** A vector of int64, as ONNX wants axes and shapes. */
  ints(values: readonly number[]): Value {
    return this.constant(values, [values.length], 'int64');
  }

  /** The same data under another shape. */
  reshape(value: Value, shape: readonly number[]): Value {
    if (sameShape(value.shape, shape)) return value;
    if (value.name === '') return { ...value, shape };
    const base = value.base ?? value;
    return sameShape(base.shape, shape) ? base : { ...base, shape, base };
  }

  /** Adds a node with one output. */
  op(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: NodeAttributes,
    info: OutputInfo,
    domain = '',
  ): Value {
    const [value] = this.opMany(type, inputs, attributes, [info], domain);
    return required(value, 'one output');
  }

  /** Adds a node; an undefined input is an optional one left out. */
  opMany(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: NodeAttributes,
    infos: readonly OutputInfo[],
    domain = '',
  ): readonly Value[] {
    const names = inputs.map((value) => (value ? this.nameOf(value) : ''));
    const nested = Object.values(attributes).some((value) => typeof value === 'object' && 'graph' in value);
    const key = nested ? this.fresh() : `${domain}.${type}(${names.join(',')})${JSON.stringify(attributes)}`;
    const known = this.made.get(key);
    if (known?.length === infos.length) return known;
    const values = infos.map((info) => ({ name: this.fresh(), shape: info.shape, dtype: info.dtype }));
    const flops = infos.reduce((sum, info) => sum + (info.flops ?? 0), 0);
    this.add({ type, domain, inputs: names, outputs: values.map(({ name }) => name), attributes, flops });
    this.made.set(key, values);
    return values;
  }

  /** The name under which nodes of this graph can use the value in its shape. */
  nameOf(value: Value): string {
    if (value.name === '') return this.store(value);
    if (!value.base) return value.name;
    const shape = this.ints(value.shape);
    return this.op('Reshape', [value.base, shape], {}, { shape: value.shape, dtype: value.dtype }).name;
  }

  private store(value: Value): string {
    const size = sizeOf(value.shape);
    if (value.uniform !== undefined && size > SHARED_SIZE) return this.expand(value, value.uniform);
    const data =
      value.constant ?? toTypedArray(new Array<number>(size).fill(value.uniform ?? 0), value.dtype);
    const key = size > SHARED_SIZE ? undefined : `${value.dtype}[${value.shape.join()}]${data.join()}`;
    const known = key === undefined ? undefined : this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.fresh();
    this.constants.set(name, { name, shape: value.shape, dtype: value.dtype, data });
    if (key !== undefined) this.shared.set(key, name);
    return name;
  }

  /** A large tensor of one number, made when the graph runs instead of stored. */
  private expand(value: Value, uniform: number): string {
    const one = this.uniform(uniform, [1], value.dtype);
    return this.op('Expand', [one, this.ints(value.shape)], {}, { shape: value.shape, dtype: value.dtype })
      .name;
  }

  private add(node: GraphNode): void {
    this.nodes.push(node);
    for (const name of node.outputs) this.producers.set(name, node);
  }

  /** The node that makes a value, if it is one of this graph's nodes in the shape the node gives it. */
  producerOf(value: Value): GraphNode | undefined {
    return value.base || value.name === '' ? undefined : this.producers.get(value.name);
  }

  /** Marks the result under an output name of its own: the node's own output where that can be renamed. */
  output(value: Value, name: string): Value {
    const out: Value = { name: `${this.prefix}${name}`, shape: value.shape, dtype: value.dtype };
    const made = this.nameOf(value);
    if (this.producers.has(made) && !this.renamed.has(made)) this.renamed.set(made, out.name);
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
  finish(outputs: readonly Value[]): SubGraph {
    const needed = new Set(outputs.map(({ name }) => name));
    const kept = this.nodes
      .map((node) => this.withNewNames(node))
      .reverse()
      .filter((node) => {
        if (!node.outputs.some((name) => needed.has(name))) return false;
        for (const name of node.inputs) needed.add(name);
        for (const name of outerNames(node)) needed.add(name);
        return true;
      });
    const constants = [...this.constants.values()].filter(({ name }) => needed.has(name));
    const inputs = this.inputs.filter(({ name }) => needed.has(name));
    return { nodes: kept.reverse(), constants, inputs, outputs };
  }

  private withNewNames(node: GraphNode): GraphNode {
    const rename = (name: string): string => this.renamed.get(name) ?? name;
    const attributes = Object.entries(node.attributes).map(([key, value]) => {
      if (typeof value !== 'object' || !('graph' in value)) return [key, value];
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
      attributes: Object.fromEntries(attributes) as GraphNode['attributes'], // the same keys and kinds
    };
  }
}

/** Names a node's nested graphs take from the graph around them, or from their own. */
function outerNames(node: GraphNode): string[] {
  return Object.values(node.attributes).flatMap((value) => {
    if (typeof value !== 'object' || !('graph' in value)) return [];
    return value.graph.nodes.flatMap((inner) => [...inner.inputs, ...outerNames(inner)]);
  });
}
