import { inFile, type Mutant, type Sight } from './mutant.js';

const OPTIONS = 'test/mixers/options.test.ts';
const pairs = (name: string): Sight => ({ test: OPTIONS, filter: `^pairs ${name}` });
const decodes = (title: string): Sight => ({ test: OPTIONS, filter: `^on the graph engine: '?${title}` });

const others = (name: string): Sight => ({ test: 'test/mixers/others.test.ts', filter: `^${name}` });
const paced = (rule: string, decay: string): Sight => ({
  test: 'test/rules/run/updateEvery.test.ts',
  filter: `^'?${rule}'? with memories of two periods equals the definition, decay '?${decay}'?`,
});

/** Faults in what mixers give their memories, and in when these change. */
export const mixerMutants: readonly Mutant[] = [
  ...inFile('src/mixers/pairs.ts', [
    [
      'a late write carried into the next document',
      "tf.cast(restartsOf(documents), 'float32')",
      "tf.mul(0, tf.cast(restartsOf(documents), 'float32'))",
      pairs('are written one token late'),
    ],
    [
      'the key of the token itself kept waiting as well',
      'later: tf.slice(all, [0, 0, 0, 0], [B, M, T, n])',
      'later: tf.slice(all, [0, 0, 1, 0], [B, M, T, n])',
      decodes('linear heads that write late'),
    ],
    [
      'keys of any length for rules that are not stable with them',
      "rule?.normalise.k !== 'unit' || rule.anyKeys === true",
      "rule?.normalise.k !== 'unit' || rule.anyKeys !== false",
      { test: OPTIONS, filter: 'keep every rule that asks for unit keys from any others' },
    ],
  ]),
  ...inFile('src/mixers/vectors.ts', [
    [
      'shares of a key and the one before exchanged',
      'return tf.concat([before, tf.sub(1, before)], 1);',
      'return tf.concat([tf.sub(1, before), before], 1);',
      pairs('have keys mixed with the one before'),
    ],
    [
      'keys mixed over the start of a document',
      'k: keyShift ? shiftKeys(vectors.k, keyShift, documents) : vectors.k',
      'k: keyShift ? shiftKeys(vectors.k, keyShift) : vectors.k',
      pairs('have keys mixed with the one before'),
    ],
    [
      'the last key not carried on',
      '...(key && { key })',
      '...(key && { key: tf.zerosLike(key) })',
      decodes('shifted keys, written late'),
    ],
  ]),
  ...inFile('src/rules/run/updateEvery.ts', [
    [
      'the sum of what tokens change instead of the mean',
      'tf.div(change, like(period, field))',
      'change',
      paced('delta', 'none'),
    ],
    [
      'the memory read before its period ends',
      'const ends = tf.greaterEqual(heard, period);',
      'const ends = tf.greaterEqual(tf.add(heard, 1), period);',
      paced('delta', 'none'),
    ],
    [
      'the memory to come does not decay',
      'return together(faded(readOf(state)), faded(comingOf(state)),',
      'return together(faded(readOf(state)), comingOf(state),',
      paced('delta', 'head'),
    ],
    [
      'tokens compared with the memory to come',
      'const written = rule.step(readOf(state), x, params).state;',
      'const written = rule.step(comingOf(state), x, params).state;',
      paced('delta', 'none'),
    ],
  ]),
  ...inFile('src/mixers/localLinear.ts', [
    [
      'the line read at its mean instead of at the query',
      'tf.mul(w, tf.sub(1, along))',
      'tf.mul(w, tf.add(1, along))',
      others('local linear attention'),
    ],
    [
      'spread around the origin instead of around the query',
      'product(q, q),\n  );',
      'tf.zerosLike(product(q, q)),\n  );',
      others('local linear attention'),
    ],
  ]),
  ...inFile('src/mixers/gatedAssociative.ts', [
    [
      'one gate for both',
      'tf.mul(gate(E), recalled)',
      'tf.mul(gate(0), recalled)',
      others('gated associative memory'),
    ],
    [
      'the convolution over the start of a document',
      'shortConvolution(own, taps, documents)',
      'shortConvolution(own, taps)',
      others('gated associative memory'),
    ],
  ]),
];
