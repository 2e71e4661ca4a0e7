import { describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../../src/core/tf.js';
import { trace } from '../../../src/engine/graph/trace.js';
import type { GraphNode, SubGraph } from '../../../src/engine/graph/value.js';
import { rules } from '../../../src/rules/registry.js';
import { runRule } from '../../../src/rules/run/runRule.js';

const [H, K, V] = [2, 6, 5];

/** The graph of a rule's gradient, token by token, with documents. */
function gradientGraph(rule: string, B: number, T: number): SubGraph {
  const sequence = (size: number): Tensor => tf.fill([B, H, T, size], 0.1);
  const signal = (value: number): Tensor => tf.fill([B, H, T], value);
  const inputs = [sequence(K), sequence(K), sequence(V), signal(0.01), signal(-0.1)];
  const documents = tf.zeros([B, T], 'int32');
  const gradients = (...given: Tensor[]): Tensor[] => {
    const loss = (q: Tensor, k: Tensor, v: Tensor, beta: Tensor, logDecay: Tensor): Tensor => {
      const xs = { q, k, v, signals: { beta }, logDecay, documents: given[5] };
      return tf.sum(tf.square(runRule(rules[rule]!, xs, { form: 'step' }).outputs));
    };
    return tf.grads(loss)(given.slice(0, 5));
  };
  const { graph } = trace(gradients, [...inputs, documents], [], { name: 'gradients' });
  tf.dispose([...inputs, documents]);
  return graph;
}

const bodiesOf = (node: GraphNode): SubGraph[] =>
  Object.values(node.attributes).flatMap((value) =>
    typeof value === 'object' && 'graph' in value ? [value.graph] : [],
  );

const loopsOf = ({ nodes }: SubGraph): SubGraph[] => nodes.flatMap(bodiesOf);

const nodeCount = (graph: SubGraph): number =>
  loopsOf(graph).reduce((sum, body) => sum + nodeCount(body), graph.nodes.length);

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

describe.each(['oja-response', 'bcm-response', 'delta'])('%s step by step', (rule) => {
  it('is a graph of the same size for any batch and length, and a small one', () => {
    const size = nodeCount(gradientGraph(rule, 1, 16));
    expect(nodeCount(gradientGraph(rule, 3, 16))).toBe(size);
    expect(nodeCount(gradientGraph(rule, 1, 64))).toBe(size);
    expect(size).toBeLessThan(300);
  });

  it('keeps one state a chunk, not one a token', () => {
    const [T, C] = [64, 8];
    const loops = loopsOf(gradientGraph(rule, 1, T));
    expect(loops).toHaveLength(2);
    const largest = Math.max(...loops.flatMap(({ outputs }) => outputs.map(({ shape }) => elements(shape))));
    // Of a chunk go out its tokens' outputs or gradients, and one state.
    expect(largest).toBe(Math.max(H * V * K, H * C * Math.max(V, K)));
    expect(largest).toBeLessThan(C * H * V * K);
  });
});
