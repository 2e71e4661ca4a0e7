/** Places of a story from `first` to `last`, both counted from 0 and included. */
export interface PositionBucket {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/** The bucket of a place: 0, then 1, 2-3, 4-7, 8-15, ... */
export function bucketOf(position: number): number {
  return position === 0 ? 0 : 1 + Math.floor(Math.log2(position));
}

/** The buckets that hold the places 0 to `longest` - 1. */
export function positionBuckets(longest: number): readonly PositionBucket[] {
  const count = longest < 1 ? 0 : bucketOf(longest - 1) + 1;
  return Array.from({ length: count }, (_, i) => {
    const [first, last] = i === 0 ? [0, 0] : [2 ** (i - 1), 2 ** i - 1];
    return { name: first === last ? `position ${first}` : `position ${first}-${last}`, first, last };
  });
}
