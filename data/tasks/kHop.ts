import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawDistinct, wholeRange } from './drawing.js';
import { numbersOf, oneOf, tokens, whole } from './settings.js';
import { tokenRecall } from './tokenRecall.js';

function byHops(hops: number, samples: number): PresetPart {
  return { name: `${hops} hops`, settings: { hops }, samples };
}

/** The chains of a row. */
interface Chains {
  readonly chains: number;
  /** Links of each. */
  readonly steps: number;
  /** Whether the links of a chain stand in order. */
  readonly forward: boolean;
}

/** The edges in the order they stand in: those of a chain in turn (`forward`), or in any order. */
function orderEdges(rng: Rng, { chains, steps, forward }: Chains): Int32Array {
  const order = rng.shuffle(wholeRange(0, chains * steps));
  if (!forward) return order;
  const next = new Int32Array(chains);
  return order.map((edge) => {
    const chain = Math.floor(edge / steps);
    const step = at(next, chain);
    next[chain] = step + 1;
    return chain * steps + step;
  });
}

/** Follows so many links from each node asked. */
function followLinks({ inputs, positions }: Question, contextLength: number, hops: number): Int32Array[] {
  const next = new Map<number, number>();
  for (let t = 0; t < contextLength; t += 2) next.set(at(inputs, t), at(inputs, t + 1));
  return Array.from(positions, (t) => {
    let node = at(inputs, t);
    for (let hop = 0; hop < hops; hop++) node = next.get(node) ?? NaN;
    return Int32Array.of(node);
  });
}

function openKHop(settings: Params): TaskDraw {
  const { vocabulary, chains, steps, hops } = numbersOf(settings, 'vocabulary', 'chains', 'steps', 'hops');
  const forward = settings.order === 'forward';
  const marker = 0;
  const contextLength = 2 * chains * steps;
  const length = contextLength + 1 + chains;

  /** The node that stands at this step of a chain. */
  const nodeOf = (nodes: Int32Array, chain: number, step: number): number =>
    at(nodes, chain * (steps + 1) + step);

  function draw(rng: Rng): TaskSample {
    const nodes = drawDistinct(rng, 1, vocabulary, chains * (steps + 1));
    const inputs = new Int32Array(length);
    for (const [i, edge] of orderEdges(rng, { chains, steps, forward }).entries()) {
      const [chain, step] = [Math.floor(edge / steps), edge % steps];
      inputs.set([nodeOf(nodes, chain, step), nodeOf(nodes, chain, step + 1)], 2 * i);
    }
    inputs[contextLength] = marker;
    const targets = new Int32Array(chains);
    for (const [i, chain] of rng.shuffle(wholeRange(0, chains)).entries()) {
      const first = rng.below(steps - hops + 1);
      inputs[contextLength + 1 + i] = nodeOf(nodes, chain, first);
      targets[i] = nodeOf(nodes, chain, first + hops);
    }
    const positions = wholeRange(contextLength + 1, length);
    return { inputs, positions, targets, slices: { hops: new Int32Array(chains).fill(hops) } };
  }

  const answers = wholeRange(1, vocabulary);
  const solve = (question: Question): Int32Array[] => followLinks(question, contextLength, hops);
  return tokenRecall({ length, scored: chains, vocabulary, answers, draw, solve });
}

/** Recall in several steps: the value of one key is the next key. */
export const kHop: Task = {
  name: 'k-hop',
  title: 'Chains of k hops',
  asks: 'The links of several chains in any order, then a node of each: which node is k links further on?',
  source:
    "this project's own; after the k-hop induction heads of Sanford et al. 2024, arXiv:2402.09268, and RULER's variable " +
    'tracking, arXiv:2404.06654',
  settings: {
    vocabulary: tokens(128, [3, 1_000_000], 'nodes, and the query sign 0'),
    chains: whole('chains')(4, [1, 1024], 'chains in a row; one node of each is asked'),
    steps: whole('links')(
      3,
      [1, 256],
      'links of a chain; more than the hops, so its end is no answer by itself',
    ),
    hops: whole('links')(2, [1, 256], 'k, links from the node asked to the answer'),
    order: oneOf(
      ['any', 'forward'],
      '`any`: links stand in any order; `forward`: each after the one that leads to it',
    ),
  },
  slices: { hops: { doc: 'links to follow', by: 'value' } },
  presets: {
    smoke: {
      doc: 'one hop: plain recall of links',
      settings: { vocabulary: 32, chains: 3, steps: 2, hops: 1 },
      train: [byHops(1, 20_000)],
      validation: [byHops(1, 200)],
      test: [byHops(1, 500)],
    },
    small: {
      doc: 'two hops; the row does not tell how many, so each k is a training of its own (set `hops`)',
      settings: { vocabulary: 128, chains: 4, steps: 4, hops: 2 },
      train: [byHops(2, 100_000)],
      validation: [byHops(2, 500)],
      test: [byHops(2, 1000)],
    },
    paper: {
      doc: 'eight chains of five links, three hops; there is no published setting',
      settings: { vocabulary: 512, chains: 8, steps: 5, hops: 3 },
      train: [byHops(3, 500_000)],
      validation: [byHops(3, 1000)],
      test: [byHops(3, 3000)],
    },
  },
  check: (settings) => {
    const { vocabulary, chains, steps, hops } = numbersOf(settings, 'vocabulary', 'chains', 'steps', 'hops');
    const needed = chains * (steps + 1) + 1;
    const faults: string[] = [];
    if (hops > steps) faults.push(`hops of at most steps ${steps}, got ${hops}; lengthen the chains`);
    if (vocabulary < needed)
      faults.push(
        `a vocabulary of at least chains x (steps + 1) + 1 = ${needed}, got ${vocabulary}; enlarge it`,
      );
    return faults;
  },
  open: openKHop,
};
