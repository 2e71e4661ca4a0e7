/** Stories that must hold a word in the way of its kind for it to count. */
const FEWEST_STORIES = 2;

/** A thing that this share of the stories introduces is a formula of theirs, such as `once upon a time`. */
const FORMULA_SHARE = 0.1;

/** The sentences of a text, each with its closing quotation marks, without spaces around. */
export function sentencesOf(text: string): string[] {
  const parts = text.replaceAll(/\s+/g, ' ').match(/[^.!?]+[.!?]+["'”’]*/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** In how many of the texts each word stands that the pattern's first group finds. */
function textCounts(texts: readonly string[], pattern: RegExp): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const words = new Set(Array.from(text.matchAll(pattern), ([, word = '']) => word));
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Words in the order of how many texts hold them, most first, then of the alphabet. */
function byCount(counts: ReadonlyMap<string, number>): string[] {
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return ranked.map(([word]) => word);
}

/**
 * Names in the stories, commonest first: words that are capitalised in the middle of a sentence in at least two
 * stories, and hardly ever begin with a small letter.
 */
export function namesIn(stories: readonly string[]): string[] {
  const inside = textCounts(stories, /(?<=[a-z,] )([A-Z][a-z]{2,})\b/g);
  const small = textCounts(stories, /\b([a-z]{3,})\b/g);
  const names = [...inside].filter(([word, count]) => {
    return count >= FEWEST_STORIES && (small.get(word.toLowerCase()) ?? 0) * 20 <= count;
  });
  return byCount(new Map(names));
}

/**
 * Things in the stories, commonest first: words that end a phrase with `a` before them in at least two stories, and
 * with `the` in two, perhaps with one word between. Only those that `a`, not `an`, goes before, none that follow a
 * word such as `very` or `it`, and none that a tenth of all stories introduce.
 */
export function thingsIn(stories: readonly string[]): string[] {
  const introduced = textCounts(stories, /\ba (?:[a-z]+ )?([b-df-hj-np-tv-z][a-z]{2,})(?=[.,!?])/g);
  const known = textCounts(stories, /\bthe (?:[a-z]+ )?([a-z]{3,})(?=[.,!?])/g);
  const other = textCounts(stories, /\b(?:very|so|it|me) ([a-z]{3,})\b/g);
  const most = Math.max(FEWEST_STORIES, FORMULA_SHARE * stories.length);
  const things = [...introduced].filter(([word, count]) => {
    const named = count >= FEWEST_STORIES && (known.get(word) ?? 0) >= FEWEST_STORIES;
    return named && count <= most && !other.has(word);
  });
  return byCount(new Map(things));
}
