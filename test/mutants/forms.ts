import { check, inFile, oracle, oracleOfDocuments, scans, sharedQueries, type Mutant } from './mutant.js';

const inverse = (name: string): { test: string; filter: string } => ({
  test: 'test/ops/unitLowerInverse.test.ts',
  filter: `unitLowerInverse on '?eager'? ${name}`,
});

const scan = (name: string): { test: string; filter: string } => ({
  test: 'test/engine/scan.test.ts',
  filter: `scan on '?graph'? ${name}`,
});

/** Faults in the chunk forms, and in the scans and the loop that they and the steps run on. */
export const formMutants: readonly Mutant[] = [
  ...inFile('src/chunks/decay.ts', [
    [
      'mask drops the diagonal',
      'const causal = constantMatrix(C, (i, j) => i >= j);',
      'const causal = constantMatrix(C, (i, j) => i > j);',
      oracle('hebbian'),
    ],
    [
      'mask lets the next token in',
      'const causal = constantMatrix(C, (i, j) => i >= j);',
      'const causal = constantMatrix(C, (i, j) => i >= j - 1);',
      check('hebbian', 'causality'),
    ],
    [
      'decay shifted by one',
      'const sum = tf.cumsum(tf.reshape(bounded, [b, h, N, C]), 3);',
      'const sum = tf.cumsum(tf.reshape(bounded, [b, h, N, C]), 3, true);',
      oracle('hebbian'),
    ],
    [
      'no floor under the log decay',
      'tf.maximum(logs, LEAST_LOG)',
      'logs',
      check('hebbian', 'extreme decay'),
    ],
    ['exponent not masked', 'const HIDDEN = 1e30;', 'const HIDDEN = 0;', oracle('hebbian')],
    [
      'decay to the end blind to documents',
      'same(segment.at, segment.end)',
      'same(segment.at, segment.at)',
      oracleOfDocuments('hebbian'),
    ],
    [
      'inter-chunk decay blind to documents',
      'segment && same(segment.start, segment.end)',
      'segment && same(segment.end, segment.end)',
      oracleOfDocuments('hebbian'),
    ],
    [
      'decay to the end dropped',
      'tf.exp(tf.sub(decay.total, decay.sum))',
      'tf.exp(tf.sub(decay.total, decay.total))',
      oracle('hebbian'),
    ],
    [
      'decay since the start blind to documents',
      'same(segment.at, segment.start)',
      'same(segment.start, segment.start)',
      oracleOfDocuments('hebbian'),
    ],
    [
      'documents see each other within a chunk',
      'same(tf.expandDims(segment.at, 4), tf.expandDims(segment.at, 3))',
      'same(tf.expandDims(segment.at, 3), tf.expandDims(segment.at, 3))',
      oracleOfDocuments('hebbian', 'none'),
    ],
    [
      'gradient of the decay: nothing of the state',
      'tf.add(tf.add(later, earlier), tf.squeeze(whole, [4]))',
      'tf.add(later, earlier)',
      oracle('delta'),
    ],
    ['gradient of the decay: nothing of the writes', 'tf.sub(reads, writes)', 'reads', oracle('delta')],
  ]),
  ...inFile('src/chunks/association.ts', [
    ['state dropped', 'writes, S);', 'writes, undefined);', oracle('hebbian')],
    [
      'chunks do not read those before',
      'if (!starts) return written;',
      'if (starts) return written;',
      oracle('hebbian'),
    ],
    [
      'gradient of k stopped',
      'keys.scores(q, k)',
      'keys.scores(q, tf.tensor(k.dataSync(), k.shape))',
      oracle('hebbian'),
    ],
  ]),
  ...inFile('src/chunks/correction.ts', [
    [
      'state dropped',
      'tf.matMul(content.toEnd(U), last, true, false), memory)',
      'tf.matMul(content.toEnd(U), last, true, false), undefined)',
      oracle('delta'),
    ],
    [
      'sign of the transition',
      'tf.sub(whole, tf.matMul(P, last, true, false))',
      'tf.add(whole, tf.matMul(P, last, true, false))',
      oracle('delta'),
    ],
    [
      'P without the decay since the start',
      'tf.matMul(X, address.fromStart(r))',
      'tf.matMul(X, r)',
      oracle('delta'),
    ],
    [
      'overlap without decay',
      'unitLowerInverse(address.overlaps(r, w))',
      'unitLowerInverse(tf.matMul(r, w, false, true))',
      oracle('delta'),
    ],
    [
      'gradient of k: sign of the start',
      'tf.sub(tf.matMul(D, w), tf.matMul(decay.fromStart(F), starts))',
      'tf.add(tf.matMul(D, w), tf.matMul(decay.fromStart(F), starts))',
      oracle('delta'),
    ],
    ['gradient of beta k: nothing of what lasts', 'w: tf.add(inside, lasting)', 'w: inside', oracle('delta')],
    [
      'gradient of the final state dropped',
      'adjointScan(transitions, writes, dFinal)',
      'adjointScan(transitions, writes, tf.zerosLike(dFinal))',
      oracle('delta'),
    ],
    [
      'queries of addresses: gradient of the start dropped',
      'starts: tf.matMul(read, q, true, false),',
      'starts: tf.zerosLike(starts),',
      oracle('delta'),
    ],
    [
      'queries of addresses: gradient of the address dropped',
      'w: tf.matMul(dScores, q, true, false),',
      'w: tf.zerosLike(w),',
      oracle('delta'),
    ],
    [
      'chunks do not read those before',
      'return starts ? tf.add(tf.matMul(decay.fromStart(q)',
      'return starts && !starts ? tf.add(tf.matMul(decay.fromStart(q)',
      oracle('oja'),
    ],
    [
      'queries of content: gradient of the errors dropped',
      'E: tf.matMul(dScores, q, true, false),',
      'E: tf.zerosLike(E),',
      oracle('oja'),
    ],
    [
      'gradients of one group of queries alone',
      'reads.map((gradient) => gradient[name])',
      'reads.slice(0, 1).map((gradient) => gradient[name])',
      sharedQueries('delta with head'),
    ],
    [
      'errors without the start',
      'const E = starts ?',
      'const E = starts && !starts ?',
      oracle('delta', 'channel'),
    ],
    [
      'writes without the decay to the end',
      'const last = address.toEnd(w);',
      'const last = w;',
      oracle('delta', 'channel'),
    ],
    [
      'decay of the content put on the addresses',
      "on === 'address' ? [decay, UNDECAYED] : [UNDECAYED, decay]",
      "on === 'content' ? [decay, UNDECAYED] : [UNDECAYED, decay]",
      oracle('oja', 'channel'),
    ],
    [
      'content: errors without the decay since the start',
      'content.fromStart(tf.matMul(P, starts, false, true))',
      'tf.matMul(P, starts, false, true)',
      oracle('oja', 'channel'),
    ],
    [
      'content: writes without the decay to the end',
      'tf.matMul(content.toEnd(U), last, true, false)',
      'tf.matMul(U, last, true, false)',
      oracle('oja', 'channel'),
    ],
    [
      'content: memory kept whole across a chunk',
      'factors: content.interChunk && asColumn(content.interChunk)',
      'factors: undefined',
      oracle('oja', 'channel'),
    ],
  ]),
  ...inFile('src/chunks/scan.ts', [
    [
      'groups lose the start',
      'apart(whole.write), start)',
      'apart(whole.write), undefined)',
      scans('affineScan gives the states before each of 17 '),
    ],
    [
      'composed in the wrong order',
      '(a, b) => tf.matMul(a, b))',
      '(a, b) => tf.matMul(b, a))',
      scans('affineScan gives the states before each of 17 '),
    ],
    [
      'factors not applied',
      'tf.mul(turned, move.factors) : turned',
      'turned : turned',
      scans('affineScan with factors multiplies the states of 2 '),
    ],
    [
      'factors padded with zeros',
      'padded(moves.factors, 1, padding, 1)',
      'padded(moves.factors, 1, padding, 0)',
      scans('affineScan with factors multiplies the states of 17 '),
    ],
    [
      'adjoint without the transpose',
      'false, transposed)',
      'false, false)',
      scans('adjointScan gives the gradient of every one of 2 '),
    ],
    [
      'adjoint in groups without the transpose',
      'tf.transpose(tf.reverse(P, 1), [0, 1, 3, 2])',
      'tf.reverse(P, 1)',
      scans('adjointScan gives the gradient of every one of 17 '),
    ],
  ]),
  ...inFile('src/chunks/layout.ts', [
    [
      'padding not cut off at the end',
      'tf.slice(joined, [0, 0, 0, 0]',
      'tf.slice(joined, [0, 0, N * C - T, 0]',
      oracle('hebbian'),
    ],
  ]),
  ...inFile('src/ops/unitLowerInverse.ts', [
    ['sign of the gradient', '(i > j ? -1 : 0)', '(i > j ? 1 : 0)', inverse('has the gradient .* C = 5')],
    [
      'gradient on the diagonal',
      '(i > j ? -1 : 0)',
      '(i >= j ? -1 : 0)',
      inverse('has the gradient .* C = 5'),
    ],
    [
      'blocks merged across',
      'half(i) === half(j) + 1 && half(i) % 2 === 1',
      'half(i) === half(j) + 1',
      inverse('inverts a matrix of 7 '),
    ],
    ['sign of the corner', 'tf.neg(corner), lower', 'corner, lower', inverse('inverts a matrix of 63 ')],
  ]),
  ...inFile('src/engine/recomputingScan.ts', [
    [
      'chunks remember where they ended',
      '...start.map((tensor) => timeAt(tensor, axis))',
      '...end.map((tensor) => timeAt(tensor, axis))',
      scan('has the gradient of the loop'),
    ],
    [
      'steps backwards in their own order',
      '[...carries, ...xs, ...dYs], { axis, reverse: true }',
      '[...carries, ...xs, ...dYs], { axis, reverse: false }',
      scan('has the gradient of the loop'),
    ],
    [
      'gradient of the last state dropped',
      'backend.loop(reversed, dOut.slice(0, carries),',
      'backend.loop(reversed, dOut.slice(0, carries).map((d) => tf.zerosLike(d)),',
      oracle('oja-response', 'head', 'graph'),
    ],
    [
      'steps not weighted by what follows',
      '...weighted(step.carry, dCarry),',
      '',
      oracle('bcm-response', 'head', 'graph'),
    ],
  ]),
  ...inFile('src/engine/scan.ts', [
    [
      'what is left over starts afresh',
      'recomputingScan(backend, body, first.carry,',
      'recomputingScan(backend, body, initial,',
      oracle('oja-response', 'head', 'graph'),
    ],
  ]),
];
