import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  BatchCursor,
  type CursorState,
  storyCount,
  storyTokens,
  takeStories,
  takeTokens,
  targetCount,
  type TokenSet,
  validationBatches,
} from '../../../data/index.js';
import { ConfigError, DataError } from '../../../src/core/errors.js';

const END = 256;

/** A set whose token ids are all different, so that each pair can be found again. */
function distinctSet(lengths: readonly number[]): TokenSet {
  const starts = Uint32Array.from([
    0,
    ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)),
  ]);
  const total = starts[starts.length - 1]!;
  return {
    tokens: Int32Array.from({ length: total }, (_, i) => 1000 + i),
    starts,
    storyBytes: Uint32Array.from(lengths, (n) => 2 * n),
    bytes: 2 * total,
    endOfText: END,
    vocabularySize: 1000 + total,
  };
}

/** The pairs of a story as the definition says: [eot, t1..tn] to [t1..tn, eot]. */
function pairsOf(set: TokenSet, story: number): [number, number][] {
  const tokens = [...storyTokens(set, story)];
  return [END, ...tokens].map((input, i) => [input, tokens[i] ?? END]);
}

interface Place {
  readonly input: number;
  readonly target: number;
  readonly weight: number;
  readonly document: number;
  readonly row: number;
}

function places(batch: Batch): Place[] {
  return Array.from(batch.inputs, (input, i) => ({
    input,
    target: batch.targets[i]!,
    weight: batch.lossMask[i]!,
    document: batch.documents[i]!,
    row: Math.floor(i / batch.sequenceLength),
  }));
}

const anySet = fc
  .array(fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 60 })), { minLength: 1, maxLength: 15 })
  .map(distinctSet);
const anyShape = fc.record({
  batchSize: fc.integer({ min: 1, max: 4 }),
  sequenceLength: fc.integer({ min: 1, max: 20 }),
});
const anySeed = fc.maxSafeInteger();

describe('BatchCursor', () => {
  it('gives every pair of every story once an epoch, in whole documents, in shuffled order', () => {
    fc.assert(
      fc.property(anySet, anyShape, anySeed, (set, shape, seed) => {
        const cursor = new BatchCursor(set, { ...shape, seed });
        const size = set.tokens.length + storyCount(set);
        const stream: Place[] = [];
        while (stream.length < 2 * size) stream.push(...places(cursor.next()));
        for (const epoch of [0, 1]) {
          const pairs = stream.slice(epoch * size, (epoch + 1) * size).map((p) => [p.input, p.target]);
          const documents: number[][][] = [];
          for (const pair of pairs) {
            if (pair[0] === END) documents.push([]);
            documents[documents.length - 1]!.push(pair);
          }
          const expected = Array.from({ length: storyCount(set) }, (_, story) => pairsOf(set, story));
          const sorted = (list: number[][][]) => list.map((d) => JSON.stringify(d)).sort();
          expect(sorted(documents)).toEqual(sorted(expected));
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('changes the document exactly where a story ends, from 0 in every row, with all weights 1', () => {
    fc.assert(
      fc.property(anySet, anyShape, anySeed, (set, shape, seed) => {
        const cursor = new BatchCursor(set, { ...shape, seed });
        for (let n = 0; n < 5; n++) {
          const all = places(cursor.next());
          expect(all).toHaveLength(shape.batchSize * shape.sequenceLength);
          all.forEach((place, i) => {
            expect(place.weight).toBe(1);
            const before = all[i - 1];
            if (before?.row !== place.row) expect(place.document).toBe(0);
            else expect(place.document - before.document).toBe(place.input === END ? 1 : 0);
            if (before?.row === place.row) expect(place.input).toBe(before.target);
          });
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('goes on exactly from a saved state, also in the middle of a story and with another size', () => {
    fc.assert(
      fc.property(anySet, anyShape, anySeed, fc.nat({ max: 12 }), (set, shape, seed, steps) => {
        const cursor = new BatchCursor(set, { ...shape, seed });
        for (let n = 0; n < steps; n++) cursor.next();
        const state = JSON.parse(JSON.stringify(cursor.state)) as CursorState;
        const copy = BatchCursor.fromState(set, shape, state);
        const flat = BatchCursor.fromState(
          set,
          { batchSize: 1, sequenceLength: 3 * shape.batchSize * shape.sequenceLength },
          state,
        );
        const inputs: number[] = [];
        for (let n = 0; n < 3; n++) {
          const batch = cursor.next();
          expect(copy.next()).toEqual(batch);
          inputs.push(...batch.inputs);
        }
        expect([...flat.next().inputs]).toEqual(inputs);
        expect(copy.state).toEqual(cursor.state);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('orders stories by seed and epoch', () => {
    const set = distinctSet(Array.from({ length: 30 }, () => 1));
    const first = (seed: number, epoch: number) => {
      const cursor = new BatchCursor(set, { batchSize: 1, sequenceLength: 60, seed });
      for (let n = 0; n < epoch; n++) cursor.next();
      return [...cursor.next().targets].filter((id) => id !== END);
    };
    expect(first(1, 0)).toEqual(first(1, 0));
    expect(first(1, 0)).not.toEqual(first(2, 0));
    expect(first(1, 0)).not.toEqual(first(1, 1));
    expect(first(1, 0)).not.toEqual([...first(1, 0)].sort((a, b) => a - b));
    expect(first(1, 1).sort()).toEqual(first(1, 0).sort());
  });

  it('counts epochs', () => {
    const set = distinctSet([3, 0, 2]);
    const cursor = new BatchCursor(set, { batchSize: 2, sequenceLength: 4, seed: 0 });
    cursor.next();
    expect(cursor.state).toMatchObject({ seed: 0, epoch: 1, document: 0, offset: 0, stories: 3, tokens: 5 });
  });

  it('refuses a wrong size, seed or an empty set', () => {
    const set = distinctSet([3]);
    const make =
      (options: object, of = set) =>
      () =>
        new BatchCursor(of, { batchSize: 1, sequenceLength: 4, seed: 0, ...options });
    for (const options of [
      { batchSize: 0 },
      { sequenceLength: 0 },
      { sequenceLength: 2.5 },
      { batchSize: -1 },
      { seed: NaN },
    ]) {
      expect(make(options)).toThrow(ConfigError);
    }
    expect(make({ batchSize: 0 })).toThrow('batches.batchSize: expected a number of at least 1, got 0');
    expect(make({}, distinctSet([]))).toThrow(DataError);
  });

  it('refuses the state of another set or a place outside', () => {
    const set = distinctSet([3, 4]);
    const { state } = new BatchCursor(set, { batchSize: 1, sequenceLength: 4, seed: 0 });
    const from =
      (changes: Partial<CursorState>, of = set) =>
      () =>
        BatchCursor.fromState(of, { batchSize: 1, sequenceLength: 4 }, { ...state, ...changes });
    expect(from({}, distinctSet([3, 5]))).toThrow(
      'cursor: expected the set it was saved with (2 stories, 7 tokens), got 2 stories, 8 tokens',
    );
    for (const changes of [{ document: 2 }, { document: -1 }, { offset: 9 }, { offset: -1 }]) {
      expect(from(changes)).toThrow('expected a position inside the set');
    }
    for (const changes of [{ epoch: -1 }, { epoch: 0.5 }, { offset: 0.5 }, { document: 0.5 }]) {
      expect(from(changes)).toThrow(DataError);
    }
  });
});

describe('validationBatches', () => {
  it('scores every pair of every story exactly once, whatever the size', () => {
    fc.assert(
      fc.property(anySet, anyShape, (set, shape) => {
        const scored: number[][] = [];
        for (const batch of validationBatches(set, shape)) {
          expect(batch.inputs).toHaveLength(shape.batchSize * shape.sequenceLength);
          places(batch).forEach(({ input, target, weight }, i) => {
            if (weight === 1) scored.push([batch.stories[i]!, batch.positions[i]!, input, target]);
            else expect(weight).toBe(0);
          });
        }
        const expected = Array.from({ length: storyCount(set) }, (_, story) =>
          pairsOf(set, story).map(([input, target], position) => [story, position, input, target]),
        ).flat();
        const sorted = (list: number[][]) => list.map((place) => JSON.stringify(place)).sort();
        expect(sorted(scored)).toEqual(sorted(expected));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('keeps the windows of one document contiguous, with half a window of context for scored targets', () => {
    fc.assert(
      fc.property(anySet, anyShape, (set, shape) => {
        for (const batch of validationBatches(set, shape)) {
          const all = places(batch);
          let context = 0;
          all.forEach((place, i) => {
            const before = all[i - 1];
            const goesOn = before?.row === place.row && before.document === place.document;
            context = goesOn ? context + 1 : 0;
            if (batch.stories[i] === -1) {
              expect([place.weight, batch.positions[i], place.input]).toEqual([0, -1, END]);
              return;
            }
            if (goesOn) expect(batch.positions[i]).toBe(batch.positions[i - 1]! + 1);
            const enough = Math.min(batch.positions[i]!, Math.floor(shape.sequenceLength / 2));
            if (place.weight === 1) expect(context).toBeGreaterThanOrEqual(enough);
          });
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('packs short stories together and pads only the end', () => {
    const set = distinctSet(Array.from({ length: 20 }, (_, i) => 1 + (i % 7)));
    const batches = [...validationBatches(set, { batchSize: 2, sequenceLength: 32 })];
    expect(batches).toHaveLength(2);
    const used = batches.flatMap((batch) => [...batch.lossMask]).reduce((a, b) => a + b);
    expect(used).toBe(set.tokens.length + 20);
  });

  it('gives nothing for an empty set and refuses a wrong size', () => {
    expect([...validationBatches(distinctSet([]), { batchSize: 1, sequenceLength: 4 })]).toEqual([]);
    expect(() => [...validationBatches(distinctSet([1]), { batchSize: 1, sequenceLength: 0 })]).toThrow(
      ConfigError,
    );
  });
});

describe('takeTokens', () => {
  const bytesOf = (id: number): Uint8Array => new Uint8Array(id % 4);

  it('takes whole stories, or the beginning of the first, and scores nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 2, max: 12 }),
        (lengths, most, sequenceLength) => {
          const set = distinctSet(lengths);
          const taken = takeTokens(set, most, bytesOf);
          expect(taken.tokens.length).toBeLessThanOrEqual(most);
          expect([...taken.tokens]).toEqual([...set.tokens.subarray(0, taken.tokens.length)]);
          const count = storyCount(taken);
          if (set.tokens.length <= most) expect(taken).toBe(set);
          else if (taken.isCutOff)
            expect([count, taken.tokens.length, lengths[0]! > most]).toEqual([1, most, true]);
          else expect(taken.tokens.length + lengths[count]!).toBeGreaterThan(most);
          const batches = [...validationBatches(taken, { batchSize: 2, sequenceLength })];
          const scored = batches.flatMap(({ lossMask, targets }) =>
            [...targets].filter((_, i) => lossMask[i] === 1),
          );
          const ends = scored.filter((id) => id === taken.endOfText).length;
          expect([scored.length, ends]).toEqual([targetCount(taken), count - (taken.isCutOff ? 1 : 0)]);
        },
      ),
      { seed: 6 },
    );
  });

  it('counts the bytes of a story that is cut off by its tokens', () => {
    const taken = takeTokens(distinctSet([10, 3]), 4, bytesOf);
    expect(taken.bytes).toBe([...taken.tokens].reduce((sum, id) => sum + (id % 4), 0));
  });
});

describe('takeStories', () => {
  it('keeps the first stories and their bytes', () => {
    const set = distinctSet([3, 0, 4]);
    const two = takeStories(set, 2);
    expect([storyCount(two), two.tokens.length, two.bytes]).toEqual([2, 3, 6]);
    expect(takeStories(set, 10).bytes).toBe(set.bytes);
  });
});
