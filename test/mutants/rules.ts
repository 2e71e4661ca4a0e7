import { check, contract, inFile, oracle, oracleOfDocuments, oracleOfParams, type Mutant } from './mutant.js';

/** Faults in the definition of a rule, and in what it says of itself. */
export const ruleMutants: readonly Mutant[] = [
  ...inFile('src/rules/memory.ts', [
    [
      'measure of its bound without beta',
      "return tf.mul(signalOf(x, 'beta'), tf.sum(tf.square(x.k), 2));",
      'return tf.sum(tf.square(x.k), 2);',
      { test: 'test/rules/run/runRule.test.ts', filter: '^delta measures its distance' },
    ],
    [
      'decay inverted',
      'const factor = tf.expandDims(tf.exp(logDecay), 2);',
      'const factor = tf.expandDims(tf.exp(tf.neg(logDecay)), 2);',
      oracle('hebbian'),
    ],
    [
      'channel decay as one of the head',
      "const perChannel = decayKind(logDecay, S.rank - 1) === 'perChannel';",
      'const perChannel = false;',
      oracle('hebbian', 'channel'),
    ],
    [
      'response without the value that leads it',
      'tf.add(recall(before, x.k), x.v)',
      'recall(before, x.k)',
      oracle('oja-response'),
    ],
  ]),
  ...inFile('src/rules/hebbian.ts', [
    [
      'name differs from the registry',
      "name: 'hebbian'",
      "name: 'hebian'",
      contract('hebian|^rule hebbian', 'is documented'),
    ],
    [
      'write without its strength in the step',
      'const write = tf.mul(x.v, asFactor(',
      'const write = tf.add(x.v, asFactor(',
      oracle('hebbian'),
    ],
    [
      'a tensor leaked',
      'return { outputs, state: { S: final } };',
      'tf.keep(tf.zeros([1]));\n    return { outputs, state: { S: final } };',
      check('hebbian', 'no tensor left'),
    ],
    [
      'chance in the chunk form',
      'const write = tf.mul(xs.v, asFactor(',
      'const write = tf.mul(tf.add(xs.v, tf.randomNormal(xs.v.shape, 0, 1e-6)), asFactor(',
      check('hebbian', 'deterministic'),
    ],
  ]),
  ...inFile('src/rules/delta.ts', [
    [
      'error before the decay',
      'const error = tf.sub(x.v, recall(before, x.k));',
      'const error = tf.sub(x.v, recall(state.S, x.k));',
      oracle('delta'),
    ],
    [
      'default of a parameter out of its range',
      'range: [1, 2]',
      'range: [1.5, 2]',
      contract('delta', 'is documented'),
    ],
    [
      'chunk form reads with the writing key',
      '{ read: xs.k, write, content: xs.v }',
      '{ read: write, write, content: xs.v }',
      oracle('delta', 'channel'),
    ],
  ]),
  ...inFile('src/rules/oja.ts', [
    [
      'step without phi',
      "const forgotten = tf.mul(recallKey(before, x.v), numberParam(params, 'forgetting'));",
      'const forgotten = recallKey(before, x.v);',
      oracleOfParams('oja'),
    ],
    [
      'step forgets before the decay',
      'tf.mul(recallKey(before, x.v)',
      'tf.mul(recallKey(state.S, x.v)',
      oracle('oja'),
    ],
    [
      'chunk form without phi',
      "read: tf.mul(xs.v, numberParam(params, 'forgetting'))",
      'read: xs.v',
      oracleOfParams('oja'),
    ],
    [
      'chunk form starts afresh',
      'const start = state && transposed(state.S);',
      'const start = undefined;',
      oracle('oja'),
    ],
  ]),
  ...inFile('src/rules/ojaUnit.ts', [
    [
      'unit grows where it should forget',
      'return tf.sub(1, tf.mul(tf.square(v), beta));',
      'return tf.add(1, tf.mul(tf.square(v), beta));',
      oracle('oja-unit'),
    ],
    [
      'chunk form without the decay of the head',
      'const values = logDecay && perToken ?',
      'const values = logDecay && perToken && !perToken ?',
      oracle('oja-unit'),
    ],
    [
      'chunk form without the decay of the channels',
      'const ofKeys = perToken ?',
      'const ofKeys = perToken || logDecay ?',
      oracle('oja-unit', 'channel'),
    ],
  ]),
  ...inFile('src/rules/ojaResponse.ts', [
    ['forgets by the value', 'recallKey(before, response)', 'recallKey(before, x.v)', oracle('oja-response')],
    [
      'forgets before the decay',
      'recallKey(before, response)',
      'recallKey(state.S, response)',
      oracle('oja-response'),
    ],
    [
      'writes the value',
      'const write = tf.mul(response, asFactor(',
      'const write = tf.mul(x.v, asFactor(',
      oracle('oja-response'),
    ],
  ]),
  ...inFile('src/rules/bcm.ts', [
    [
      'signed form loses the size',
      'write: (v, theta) => tf.mul(v, tf.sub(tf.abs(v), theta))',
      'write: (v, theta) => tf.mul(v, tf.sub(v, theta))',
      oracle('bcm'),
    ],
    [
      'rates below zero',
      'write: (v, theta) => tf.mul(rateOf(v), tf.sub(rateOf(v), theta))',
      'write: (v, theta) => tf.mul(v, tf.sub(v, theta))',
      oracleOfParams('bcm'),
    ],
    [
      'gate by a sum',
      'tf.mean(tf.square(v), v.rank - 1, true)',
      'tf.sum(tf.square(v), v.rank - 1, true)',
      oracleOfParams('bcm'),
    ],
    [
      'threshold of after the token',
      'tf.mul(form.write(x.v, theta)',
      'tf.mul(form.write(x.v, slideThreshold(theta, form.activity(x.v), params))',
      oracle('bcm'),
    ],
    [
      'chunk form with a threshold of zero',
      'form.write(xs.v, before)',
      'form.write(xs.v, tf.zerosLike(before))',
      oracle('bcm'),
    ],
    ['chunk form drops the threshold', 'theta: final }', 'theta: tf.zerosLike(final) }', oracle('bcm')],
  ]),
  ...inFile('src/rules/bcmResponse.ts', [
    [
      'threshold added',
      'tf.mul(response, tf.sub(response, theta))',
      'tf.mul(response, tf.add(response, theta))',
      oracle('bcm-response'),
    ],
    [
      'threshold of the size',
      'slideThreshold(theta, tf.square(response), params)',
      'slideThreshold(theta, tf.abs(response), params)',
      oracle('bcm-response'),
    ],
  ]),
  ...inFile('src/rules/slidingThreshold.ts', [
    [
      'average that does not forget',
      'tf.add(tf.mul(theta, rho), tf.mul(activity, 1 - rho))',
      'tf.add(theta, tf.mul(activity, 1 - rho))',
      oracle('bcm-response'),
    ],
    [
      'threshold goes on in the next document',
      'documents ? tf.mul(before, restartFactors(documents)) : before',
      'before',
      oracleOfDocuments('bcm'),
    ],
    ['threshold starts afresh', 'theta && tf.reshape(theta, [B, H, X, 1])', 'undefined', oracle('bcm')],
  ]),
  ...inFile('src/rules/run/stepThrough.ts', [
    [
      'no restart',
      'replaceRows(restart, fresh, state[name] as Tensor)',
      'state[name] as Tensor',
      oracleOfDocuments('hebbian'),
    ],
    ['state dropped', 'state ?? makeEmpty()', 'makeEmpty()', oracle('hebbian')],
  ]),
  ...inFile('src/ops/segments.ts', [
    [
      'restart a token late',
      'tf.concat([tf.zeros([B, 1]), tf.slice(segments, [0, 0], [B, T - 1])], 1)',
      'segments',
      oracleOfDocuments('hebbian'),
    ],
  ]),
  ...inFile('src/rules/run/sharedQueries.ts', [
    [
      'queries read the memory beside theirs',
      'tf.reshape(tf.stack(copies, 2), [B, M * G, ...rest])',
      'tf.concat(copies, 1)',
      {
        test: 'test/rules/run/sharedQueries.test.ts',
        filter: '^a rule that knows nothing of shared memories runs its chunk form',
      },
    ],
  ]),
];
