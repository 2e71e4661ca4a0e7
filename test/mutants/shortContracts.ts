import { contract, inFile, type Mutant } from './mutant.js';

/** The test of a rule whose contract is short: outputs, state and gradients in every form, with a decay per head. */
const inEveryForm = (rule: string) => contract(rule, 'equals the oracle in every form');
const byChannel = (rule: string) => contract(rule, 'equals the oracle with a decay per key channel');

/** Faults in rules whose contract is short, and in what only these are made of. */
export const shortContractMutants: readonly Mutant[] = [
  ...inFile('src/rules/deltaProduct.ts', [
    [
      'every write reads what was there before the first',
      'tf.sub(v, recall(before, k))',
      'tf.sub(v, recall(decayed(state.S, x.logDecay), k))',
      inEveryForm('delta-product'),
    ],
    [
      'decays before every write',
      'return associate(before, ',
      'return associate(decayed(before, x.logDecay), ',
      inEveryForm('delta-product'),
    ],
    [
      'one strength for all writes',
      '[values?.[j], betas?.[j]]',
      '[values?.[j], betas?.[0]]',
      inEveryForm('delta-product'),
    ],
  ]),
  ...inFile('src/chunks/writeTime.ts', [
    [
      'every write has the decay of its token',
      "const decays = wide && amongZeros(wide, n, 'first');",
      'const decays = wide && apart(tf.tile(wide, [1, 1, 1, n]));',
      inEveryForm('delta-product'),
    ],
    ['the first write is read', '[0, 0, 0, (n - 1) * V]', '[0, 0, 0, 0]', inEveryForm('delta-product')],
  ]),
  ...inFile('src/rules/comba.ts', [
    [
      'error before the decay',
      'recall(before, feedbackKey(x))',
      'recall(state.S, feedbackKey(x))',
      inEveryForm('comba'),
    ],
    ['the query is led to the key', 'tf.sub(x.q, ', 'tf.add(x.q, ', inEveryForm('comba')],
    [
      'chunk form feeds all back',
      'const read = feedbackKey(xs);',
      'const read = xs.k;',
      inEveryForm('comba'),
    ],
  ]),
  ...inFile('src/rules/gatedDelta2.ts', [
    [
      'erases what was there before the decay',
      'const erased = recall(before, ',
      'const erased = recall(state.S, ',
      inEveryForm('gated-delta-2'),
    ],
    [
      'erases at the whole key',
      "recall(before, tf.mul(signalOf(x, 'erase'), x.k))",
      'recall(before, x.k)',
      inEveryForm('gated-delta-2'),
    ],
    [
      'chunk form writes to what erases',
      'write: xs.k,',
      "write: tf.mul(signalOf(xs, 'erase'), xs.k),",
      inEveryForm('gated-delta-2'),
    ],
  ]),
  ...inFile('src/rules/rwkv7.ts', [
    [
      'adds what it should remove',
      'tf.neg(recall(before, removal))',
      'recall(before, removal)',
      inEveryForm('rwkv7'),
    ],
    [
      'removes all at the key, at any rate',
      'removed: tf.mul(alpha, removal)',
      'removed: removal',
      inEveryForm('rwkv7'),
    ],
    [
      'chunk form removes by the value as well',
      'pair(removal, tf.zerosLike(removal))',
      'pair(removal, removal)',
      inEveryForm('rwkv7'),
    ],
  ]),
  ...inFile('src/rules/preconditionedDelta.ts', [
    ['larger steps for what was used more', '-Math.log(', 'Math.log(', inEveryForm('preconditioned-delta')],
    [
      'step by the usage before the token',
      'preconditioner(A, x, params)',
      "preconditioner(fieldOf(state, 'A'), x, params)",
      inEveryForm('preconditioned-delta'),
    ],
    [
      'chunk form forgets the usage of earlier pieces',
      'const start = state && tf.reshape',
      'const start = undefined && tf.reshape',
      inEveryForm('preconditioned-delta'),
    ],
  ]),
  ...inFile('src/rules/mesa.ts', [
    [
      'keys decay on one side',
      'tf.mul(tf.mul(H, tf.expandDims(half, 3)), tf.expandDims(half, 2))',
      'tf.mul(H, tf.expandDims(half, 3))',
      inEveryForm('mesa'),
    ],
    [
      'keys do not decay',
      "H: associate(fieldOf(before, 'H')",
      "H: associate(fieldOf(state, 'H')",
      inEveryForm('mesa'),
    ],
  ]),
  ...inFile('src/ops/ridgeSolve.ts', [
    [
      'gradient of the ridge with the wrong sign',
      'ridge: tf.neg(tf.mul(w, x))',
      'ridge: tf.mul(w, x)',
      inEveryForm('mesa'),
    ],
    ['directions that are not conjugate', 'direction = tf.add(', 'direction = tf.sub(', inEveryForm('mesa')],
  ]),
  ...inFile('src/chunks/regression.ts', [
    [
      'keys decay on one side in chunks',
      'return [half, half];',
      'return [half, UNDECAYED];',
      byChannel('mesa'),
    ],
    [
      'directions do not meet the sum at the start',
      'return starts ? tf.add(local',
      'return starts && !starts ? tf.add(local',
      inEveryForm('mesa'),
    ],
    [
      'what is written does not decay until the end',
      'tf.matMul(outside.toEnd(w), inner.toEnd(k), true, false)',
      'tf.matMul(w, k, true, false)',
      inEveryForm('mesa'),
    ],
    ['starts as they are', 'starts: starts && symmetric(starts)', 'starts', inEveryForm('mesa')],
    [
      'gradient of the systems with the wrong sign',
      'tf.sum(tf.mul(w, operatorOf(',
      'tf.sum(tf.mul(tf.neg(w), operatorOf(',
      inEveryForm('mesa'),
    ],
  ]),
  ...inFile('src/rules/rls.ts', [
    ['nothing becomes more certain', 'Q: associate(Q, gain, Pk)', 'Q', inEveryForm('rls')],
    [
      'what is certain stays so on one side',
      'tf.mul(tf.mul(Q, tf.expandDims(left, 3)), tf.expandDims(left, 2))',
      'tf.mul(Q, tf.expandDims(left, 3))',
      inEveryForm('rls'),
    ],
    ['error before the decay', 'recall(before.S, x.k)', 'recall(state.S, x.k)', inEveryForm('rls')],
  ]),
  ...inFile('src/rules/yaad.ts', [
    [
      'short errors are lengthened',
      'tf.div(threshold, tf.maximum(threshold, length))',
      'tf.div(threshold, length)',
      inEveryForm('yaad'),
    ],
    ['error before the decay', 'recall(before, x.k)', 'recall(state.S, x.k)', inEveryForm('yaad')],
  ]),
  ...inFile('src/rules/moneta.ts', [
    [
      'error of a memory that is not normed',
      'recall(asked(before, params), x.k)',
      'recall(before, x.k)',
      inEveryForm('moneta'),
    ],
    ['another power of the norm', '(q - 2) / q', 'q - 2', inEveryForm('moneta')],
  ]),
  ...inFile('src/rules/memora.ts', [
    ['error of the logits', 'recall(tf.softmax(before), x.k)', 'recall(before, x.k)', inEveryForm('memora')],
    [
      'error before the decay',
      'recall(tf.softmax(before), x.k)',
      'recall(tf.softmax(state.S), x.k)',
      inEveryForm('memora'),
    ],
  ]),
  ...inFile('src/rules/titans.ts', [
    [
      'the memory does not decay',
      'const S = tf.add(before, Z);',
      'const S = tf.add(state.S, Z);',
      inEveryForm('titans'),
    ],
    ['error before the decay', 'recall(before, x.k)', 'recall(state.S, x.k)', inEveryForm('titans')],
    [
      'momentum without end',
      "tf.expandDims(asFactor(signalOf(x, 'momentum')), 3)",
      '1',
      inEveryForm('titans'),
    ],
  ]),
  ...inFile('src/chunks/momentum.ts', [
    [
      'errors after the own momentum',
      'false, true), left.before',
      'false, true), left.at',
      inEveryForm('titans'),
    ],
    [
      'the padding adds to the memory',
      'split(tf.fill([B, H, T, 1], 1), chunks)',
      'split(tf.fill([B, H, T, 1], 1), chunks, 1)',
      inEveryForm('titans'),
    ],
    ['momentum at the end as it was written', 'Z: eta.toEnd(real)', 'Z: real', inEveryForm('titans')],
    ['errors after the momentum of the start', 'Z: columns(before, C, 1)', 'Z: start', inEveryForm('titans')],
    [
      'momentum of the start reaches no later chunk',
      'tf.mul(between(1, 0), lastOf(start))',
      'tf.mul(between(0, 1), lastOf(start))',
      inEveryForm('titans'),
    ],
  ]),
];
