import type { Program } from './trace.js';
import type { GraphNode } from './value.js';

/** How often nodes read each name, those of nested graphs included. */
function countReads(nodes: readonly GraphNode[], counts = new Map<string, number>()): Map<string, number> {
  for (const { inputs, attributes } of nodes) {
    for (const name of inputs) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const value of Object.values(attributes)) {
      if (typeof value === 'object' && 'graph' in value) countReads(value.graph.nodes, counts);
    }
  }
  return counts;
}

/**
 * The variables, by their place, whose next value is the present one with few elements written anew, and whose present
 * value nothing else reads. `ScatterND` copies what it writes into unless the buffer that it reads is the one that its
 * result goes to; given the same for both it writes the elements alone.
 */
export function writtenInPlace({ graph, states, updates }: Program): ReadonlySet<number> {
  const reads = countReads(graph.nodes);
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const places = [...updates].flatMap(([i, next]) => {
    const [producer, state] = [producers.get(next), states[i]];
    const isWritten = producer?.type === 'ScatterND' && producer.inputs[0] === state;
    return isWritten && state !== undefined && reads.get(state) === 1 ? [i] : [];
  });
  return new Set(places);
}
