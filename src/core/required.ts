/**
 * A value that is there by construction, such as an element at a checked index.
 *
 * @throws Error (a fault of ours, not the user's) when it is missing.
 */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`expected ${what}, got undefined; this is a fault in pavlov-lm`);
  return value;
}
