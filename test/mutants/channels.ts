import { check, inFile, oracle, oracleOfDocuments, type Mutant } from './mutant.js';

/** Faults in the chunk forms of a decay per channel. */
export const channelMutants: readonly Mutant[] = [
  ...inFile('src/chunks/channelTree.ts', [
    [
      'leaves drop the diagonal',
      'const causal = constantMatrix(b, (i, j) => i >= j);',
      'const causal = constantMatrix(b, (i, j) => i > j);',
      oracle('hebbian', 'channel'),
    ],
    [
      'no floor under the log decay',
      'tf.maximum(values, LEAST_CHANNEL_LOG)',
      'values',
      check('hebbian', 'extreme decay'),
    ],
    [
      'ends blind to documents',
      'end: tf.expandDims(equal(segment, last), 2)',
      'end: tf.expandDims(equal(segment, segment), 2)',
      oracleOfDocuments('hebbian', 'channel'),
    ],
    [
      'begins blind to documents',
      'begin: tf.expandDims(equal(segment, tf.zerosLike(segment)), 2)',
      'begin: tf.expandDims(equal(segment, segment), 2)',
      oracleOfDocuments('hebbian', 'channel'),
    ],
    [
      'whole chunk without its second half',
      'tf.reshape(tf.mul(left, right), [pairs, 1, X])',
      'tf.reshape(left, [pairs, 1, X])',
      oracle('oja-unit'),
    ],
    [
      'pairs with the block after',
      '!left(i) && block(j) === block(i) - 1',
      'left(i) && block(j) === block(i) + 1',
      oracle('oja-unit'),
    ],
    [
      'factor part of one pair too many',
      'left(i) ? i < t : i >= t',
      'left(i) ? i <= t : i >= t',
      oracle('oja-unit'),
    ],
  ]),
  ...inFile('src/chunks/channelOps.ts', [
    [
      'gradient of the decay: sign of the writes',
      'const difference = tf.sub(',
      'const difference = tf.add(',
      oracle('hebbian', 'channel'),
    ],
    [
      'gradient of a factor as of its log',
      "if (kind === 'factors') return tf.div(gradient, nonZero(values));",
      "if (kind === 'factors') return gradient;",
      oracle('oja-unit'),
    ],
    [
      'gradient of the whole: one token too many',
      '(t, j) => j < t',
      '(t, j) => j <= t',
      oracle('hebbian', 'channel'),
    ],
  ]),
  ...inFile('src/chunks/association.ts', [
    [
      'writes without the decay to the end',
      'tf.matMul(values.toEnd(v), keys.toEnd(k), true, false)',
      'tf.matMul(values.toEnd(v), k, true, false)',
      oracle('hebbian', 'channel'),
    ],
    [
      'reads without the decay since the start',
      'tf.matMul(keys.fromStart(q), starts, false, true)',
      'tf.matMul(q, starts, false, true)',
      oracle('hebbian', 'channel'),
    ],
    [
      'value channels not decayed across a chunk',
      'down && keys ? tf.mul(down, keys)',
      'down && keys ? keys',
      oracle('oja-unit', 'channel'),
    ],
  ]),
  ...inFile('src/chunks/decay.ts', [
    [
      'state kept whole across a chunk',
      'const [fromStart, toEnd, interChunk] = wholeChunk(decay);',
      'const [fromStart, toEnd] = wholeChunk(decay);\n  const interChunk = undefined;',
      oracle('delta', 'channel'),
    ],
    [
      "restart at the row's first token too",
      "tf.sub(1, tf.cast(restartsOf(documents), 'float32'))",
      "tf.cast(restartsOf(documents), 'float32')",
      oracleOfDocuments('hebbian', 'channel'),
    ],
  ]),
];
