import { finishWork, runWork, type Following, type Work } from '../work.js';
import { storyCount, storyTokens, type TokenSet } from './tokenSet.js';

/** Stories that a sketch tells exactly; of a larger set it is an even sample. */
const KEPT = 2048;

/** Mixes 32 bits so that each bit of the result depends on all (the finaliser of MurmurHash3). */
function mixed(bits: number): number {
  let x = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 53 bits of a story. */
function hashStory(tokens: Iterable<number>): number {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (const token of tokens) {
    low = Math.imul(low ^ token, 0x01000193);
    high = Math.imul(high ^ token, 0x5bd1e995) ^ (low >>> 15);
  }
  return (mixed(high) >>> 11) * 2 ** 32 + mixed(low);
}

function* hashingWork(set: TokenSet): Work<Float64Array> {
  const hashes = new Float64Array(storyCount(set));
  for (const story of hashes.keys()) {
    hashes[story] = hashStory(storyTokens(set, story));
    yield set.storyBytes[story] ?? 0;
  }
  return hashes;
}

/**
 * A sketch of a set, by which its stories can be told again in whatever file or format they come: the least of their
 * hashes, in base 36, with blanks between.
 */
export async function sketchStories(set: TokenSet, following: Following = {}): Promise<string> {
  const hashes = await runWork(hashingWork(set), following, {
    doing: 'hashing the stories',
    total: set.bytes,
  });
  const least: string[] = [];
  for (const hash of hashes.sort()) {
    if (least.length === KEPT) break;
    const text = hash.toString(36);
    if (text !== least.at(-1)) least.push(text);
  }
  return least.join(' ');
}

/** How many stories of a set are in the one that a sketch is of, or at least so many where that is large. */
export function storiesInSketch(set: TokenSet, sketch: string): { count: number; isExact: boolean } {
  const known = new Set(sketch.split(' '));
  const found = finishWork(hashingWork(set)).filter((hash) => known.has(hash.toString(36)));
  return { count: found.length, isExact: known.size < KEPT };
}
