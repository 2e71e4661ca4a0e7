/** A number, or whole numbers from one to another. */
const PLACE = /^(-?\d+(?:\.\d+)?)(?:-\d+)?$/;

/** Where a slice lies on an axis: its number, or the first of `4-7`; NaN for one that is a name. */
export function placeOf(key: string | number | null): number {
  return typeof key === 'number' ? key : parseFloat(PLACE.exec(key ?? '')?.[1] ?? '');
}

/**
 * Whether places are read better on a logarithmic axis: they span a factor of eight or more, or are ranges, each
 * twice as wide as the one before.
 */
export function isLogarithmic(keys: readonly (string | number | null)[]): boolean {
  const places = keys.map(placeOf);
  const least = Math.min(...places);
  const ranges = keys.some((key) => typeof key === 'string' && /^\d+-\d+$/.test(key));
  return least > 0 && (ranges || Math.max(...places) / least >= 8);
}
