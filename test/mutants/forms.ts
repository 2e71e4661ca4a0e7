import { contract, inFile, oracle, oracleOfDocuments, scans, type Mutant } from './mutant.js';

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
  ...inFile('src/chunks/decayCourse.ts', [
    [
      'mask drops the diagonal',
      "const reach = side === 'after' ? 0 : 1;",
      "const reach = side === 'after' ? 1 : 1;",
      oracle('hebbian'),
    ],
    [
      'mask lets the next token in',
      "const reach = side === 'after' ? 0 : 1;",
      "const reach = side === 'after' ? -1 : 1;",
      contract('hebbian', 'with gate none never lets a token change'),
    ],
    [
      'decay shifted by one',
      "return side === 'after' ? sum :",
      "return side === 'before' ? sum :",
      oracle('hebbian'),
    ],
    [
      'no floor under the log decay',
      'tf.maximum(logs, LEAST_LOG)',
      'logs',
      contract('hebbian', 'stays exact with total decay'),
    ],
    ['exponent not masked', 'const HIDDEN = 1e30;', 'const HIDDEN = 0;', oracle('hebbian')],
    [
      'toEnd blind to documents',
      'same(segment.at, segment.end)',
      'same(segment.at, segment.at)',
      oracleOfDocuments('hebbian'),
    ],
    [
      'across blind to documents',
      'segment && same(segment.start, segment.end)',
      'segment && same(segment.end, segment.end)',
      oracleOfDocuments('hebbian'),
    ],
    [
      'toEnd without decay',
      'tf.exp(tf.sub(decay.total, decay.sum))',
      'tf.exp(tf.sub(decay.total, decay.total))',
      oracle('hebbian'),
    ],
    [
      'fromStart blind to documents',
      'same(segmentOn(segment, side), segment.start)',
      'same(segment.start, segment.start)',
      oracleOfDocuments('hebbian'),
    ],
    [
      'documents see each other within a chunk',
      'same(tf.expandDims(segmentOn(segment, side), 4), tf.expandDims(segment.at, 3))',
      'same(tf.expandDims(segment.at, 3), tf.expandDims(segment.at, 3))',
      oracleOfDocuments('hebbian', 'none'),
    ],
  ]),
  ...inFile('src/chunks/association.ts', [
    [
      'state dropped',
      'decayScan(chunkMoments(course), writes, S)',
      'decayScan(chunkMoments(course), writes, undefined)',
      oracle('hebbian'),
    ],
    [
      'chunks do not read those before',
      'return starts ? tf.add(written,',
      'return starts && !starts ? tf.add(written,',
      oracle('hebbian'),
    ],
    [
      'gradient of k stopped',
      'tf.matMul(q, k, false, true), L)',
      'tf.matMul(q, tf.tensor(k.dataSync(), k.shape), false, true), L)',
      oracle('hebbian'),
    ],
  ]),
  ...inFile('src/chunks/correctionChunks.ts', [
    [
      'state dropped',
      'tf.matMul(U, last, true, false), state)',
      'tf.matMul(U, last, true, false), undefined)',
      oracle('delta'),
    ],
    [
      'sign of the transition',
      'tf.sub(whole, tf.matMul(W, last, true, false))',
      'tf.add(whole, tf.matMul(W, last, true, false))',
      oracle('delta'),
    ],
    [
      'W without the decay since the start',
      'tf.matMul(X, scaled(k, begin))',
      'tf.matMul(X, k)',
      oracle('delta'),
    ],
    ['overlap without decay', 'tf.mul(overlap, L) : overlap', 'overlap : overlap', oracle('delta')],
    [
      'gradient of k: sign of the start',
      'tf.sub(tf.matMul(D, w), tf.matMul(scaled(F, begin), starts))',
      'tf.add(tf.matMul(D, w), tf.matMul(scaled(F, begin), starts))',
      oracle('delta'),
    ],
    ['gradient of beta k: nothing of what lasts', 'w: tf.add(inside, lasting)', 'w: inside', oracle('delta')],
    [
      'gradient of the final state dropped',
      'adjointScan(transitions, writes, dFinal)',
      'adjointScan(transitions, writes, tf.zerosLike(dFinal))',
      oracle('delta'),
    ],
  ]),
  ...inFile('src/chunks/logGradient.ts', [
    [
      'gradient of the decay: nothing of the state',
      'tf.add(tf.add(later, earlier), tf.squeeze(whole, [4]))',
      'tf.add(later, earlier)',
      oracle('delta'),
    ],
    ['gradient of the decay: nothing of the writes', 'tf.sub(reads, writes)', 'reads', oracle('delta')],
  ]),
  ...inFile('src/chunks/chunkReading.ts', [
    [
      'content: gradient of the start dropped',
      'starts: tf.matMul(read, q, true, false),',
      'starts: tf.zerosLike(starts),',
      oracle('delta'),
    ],
    [
      'content: gradient of the address dropped',
      'w: tf.matMul(E, q, true, false),',
      'w: tf.zerosLike(w),',
      oracle('delta'),
    ],
    [
      'address: chunks do not read those before',
      'tf.add(tf.matMul(scaled(q, begin), starts), tf.matMul(scores, w))',
      'tf.matMul(scores, w)',
      oracle('oja'),
    ],
    [
      'address: gradient of the errors dropped',
      'R: tf.matMul(E, q, true, false),',
      'R: tf.zerosLike(R),',
      oracle('oja'),
    ],
  ]),
  ...inFile('src/chunks/correction.ts', [
    [
      'errors without the start',
      'errors: starts ? tf.sub(U,',
      'errors: starts && !starts ? tf.sub(U,',
      oracle('delta', 'channel'),
    ],
    [
      'writes without the decay to the end',
      'const last = decay.toEnd(write);',
      'const last = write;',
      oracle('delta', 'channel'),
    ],
    [
      'reads without the decay since the start',
      'tf.matMul(X, decay.fromStart(read))',
      'tf.matMul(X, read)',
      oracle('delta', 'channel'),
    ],
  ]),
  ...inFile('src/chunks/affineScan.ts', [
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
      'factors filled up with zeros',
      'filledWith(1, moves.factors, groups)',
      'filledWith(0, moves.factors, groups)',
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
  ...inFile('src/chunks/decayScan.ts', [
    [
      'groups lose the start',
      'scanRows(chunkMoments(course), groupWrites, start)',
      'scanRows(chunkMoments(course), groupWrites, undefined)',
      scans('decayScan gives the states before each of 17 '),
    ],
    [
      'start decayed once too often',
      "fromStart(course, 'before')",
      'fromStart(course)',
      scans('decayScan gives the states before each of 2 '),
    ],
  ]),
  ...inFile('src/chunks/chunks.ts', [
    [
      'filling not cut off at the end',
      'tf.slice(joined, [0, 0, 0, 0]',
      'tf.slice(joined, [0, 0, N * C - T, 0]',
      oracle('hebbian'),
    ],
    [
      'decay per channel not refused',
      'if (logDecay?.rank === 4) {',
      'if (logDecay?.rank === 5) {',
      scans('momentsOf refuses'),
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
      'moments backwards in their own order',
      '[...carries, ...xs, ...dYs], { axis, reverse: true }',
      '[...carries, ...xs, ...dYs], { axis, reverse: false }',
      scan('has the gradient of the loop'),
    ],
    [
      'gradient of the last state dropped',
      'backend.loop(reversed, dOut.slice(0, carries),',
      'backend.loop(reversed, dOut.slice(0, carries).map((d) => tf.zerosLike(d)),',
      oracle('oja-response', 'scalar', 'graph'),
    ],
    [
      'moments not weighted by what follows',
      '...weighted(moment.carry, dCarry),',
      '',
      oracle('bcm-response', 'scalar', 'graph'),
    ],
  ]),
  ...inFile('src/engine/scan.ts', [
    [
      'what is left over starts afresh',
      'recomputingScan(backend, body, first.carry,',
      'recomputingScan(backend, body, initial,',
      oracle('oja-response', 'scalar', 'graph'),
    ],
  ]),
];
