import { check, contract, inFile, lengths, type Mutant } from './mutant.js';

/** Powers of the matrix summed by doubling, which is exact for small entries and loses every digit for equal keys. */
const SUM_OF_POWERS = `if (depth === 0) {
    const C = a.shape.at(-1) ?? 0;
    let power = tf.neg(tf.mul(a, constantMatrix(C, (i, j) => i > j)));
    let sum: Tensor = tf.add(tf.eye(C), power);
    for (let s = 2; s < C; s *= 2) {
      power = tf.matMul(power, power);
      sum = tf.add(sum, tf.matMul(sum, power));
    }
    return sum;
  }`;

/** A fault for each contract test of the rules that no other fault is aimed at. */
export const contractMutants: readonly Mutant[] = [
  ...inFile('src/rules/registry.ts', [
    [
      'a rule without an oracle',
      "'oja-unit': ojaUnit,",
      "'oja-unit': ojaUnit,\n  unheard: { ...ojaUnit, name: 'unheard' },",
      contract('(?:unheard|hebbian)', 'has an oracle'),
    ],
  ]),
  ...inFile('src/rules/memory.ts', [
    [
      'an empty memory that is not empty',
      'return tf.zeros([B, H, V, K]);',
      'return tf.ones([B, H, V, K]);',
      contract('hebbian', 'with decay head equals the oracle from an empty memory'),
    ],
  ]),
  ...inFile('src/rules/delta.ts', [
    [
      'write strength cut off at 1',
      "tf.mul(error, asFactor(signalOf(x, 'beta')))",
      "tf.mul(error, tf.minimum(asFactor(signalOf(x, 'beta')), 1))",
      contract('delta', 'equals the oracle with zero keys'),
    ],
    [
      'chunk form forgets a carried state',
      'correctInChunks(state?.S, xs,',
      'correctInChunks(undefined, xs,',
      check('delta', 'carried state'),
    ],
  ]),
  ...inFile('src/ops/segments.ts', [
    [
      'a document that goes on in the next',
      'return tf.notEqual(segments, before);',
      'return tf.notEqual(before, before);',
      check('hebbian', 'documents'),
    ],
  ]),
  ...inFile('src/ops/replaceRows.ts', [
    [
      'gradient of the document before let through',
      'tf.where(flags, tf.zerosLike(dy), dy)',
      'tf.where(flags, dy, dy)',
      contract('hebbian', 'lets nothing of another document through'),
    ],
  ]),
  ...inFile('src/chunks/scan.ts', [
    [
      'the padding of the last group writes',
      'const written = inside(padded(W, 1, padding));',
      'const written = inside(padded(W, 1, padding, 1));',
      check('delta', 'chunk = step'),
    ],
    [
      'chunks that know nothing of the start of the row',
      'start && merged(start));',
      'undefined);',
      lengths('hebbian', 'is what its step says at T = (?:128|256)'),
    ],
  ]),
  ...inFile('src/chunks/layout.ts', [
    [
      'the padding of the last chunk writes',
      'tf.reshape(padded(x, 2, N * C - T, padding), [B, H, N, C, X])',
      'tf.reshape(padded(x, 2, N * C - T, 1), [B, H, N, C, X])',
      lengths('hebbian', 'is what its step says at T = 100'),
    ],
  ]),
  ...inFile('src/ops/unitLowerInverse.ts', [
    [
      'powers of the matrix summed',
      'if (depth === 0) return leafInverse(a);',
      SUM_OF_POWERS,
      lengths('delta', 'is exact where all 64 of k are equal'),
    ],
  ]),
  ...inFile('src/chunks/decay.ts', [
    [
      'gradient of the decay with the wrong sign of writes',
      'tf.sub(reads, writes)',
      'tf.add(reads, writes)',
      check('delta', 'gradients'),
    ],
  ]),
];
