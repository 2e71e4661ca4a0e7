import { expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { trace } from '../../src/engine/graph/trace.js';
import type { GraphNode, SubGraph } from '../../src/engine/graph/value.js';
import { linearCrossEntropySum } from '../../src/ops/linearCrossEntropy.js';

/** All nodes that must have run before a node can. */
function before({ nodes }: SubGraph, node: GraphNode): Set<GraphNode> {
  const makers = new Map(nodes.flatMap((each) => each.outputs.map((name) => [name, each] as const)));
  const found = new Set<GraphNode>();
  const visit = (each: GraphNode): void => {
    for (const name of each.inputs) {
      const maker = makers.get(name);
      if (!maker || found.has(maker)) continue;
      found.add(maker);
      visit(maker);
    }
  };
  visit(node);
  return found;
}

it('every use of the logits of a slab comes before the logits of the next, whatever the order of the runtime', () => {
  const [rows, width, vocabulary] = [1536, 2, 4096];
  const x = tf.variable(tf.zeros([rows, width]));
  const table = tf.variable(tf.zeros([vocabulary, width]));
  const targets = tf.zeros<tf.Rank.R1>([rows], 'int32');
  const step = (ids: Tensor): Tensor[] => {
    const { value, grads } = tf.variableGrads(
      () => linearCrossEntropySum(x, table, ids, tf.ones([rows])),
      [x, table],
    );
    return [value, ...Object.values(grads)];
  };
  const { graph } = trace(step, [targets], [x, table], { name: 'slabs' });
  const logits = graph.nodes.filter(({ type }) => type === 'LogSoftmax');
  expect(logits).toHaveLength(3);
  const readers = logits.map((node) =>
    graph.nodes.filter((other) => {
      const isNear = other.inputs.some((name) => node.outputs.includes(name));
      return isNear || (other.type === 'Gemm' && before(graph, other).has(node));
    }),
  );
  const first = readers[0]!.filter((reader) => !before(graph, reader).has(logits[1]!));
  // The exponential, the log probability of the target, the products by the table and by x, and the next logits.
  expect(first.map(({ type }) => type).sort()).toEqual(['Exp', 'GatherElements', 'Gemm', 'Gemm', 'Gemm']);
  for (const reader of first) expect(before(graph, logits[1]!)).toContain(reader);
});
