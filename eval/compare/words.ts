/** A number for readers: at most this many significant digits, no exponent for ordinary sizes. */
export function inWords(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : '-infinite';
  return String(Number(value.toPrecision(digits)));
}

/** A p value for readers. */
export function pInWords(p: number): string {
  return p < 1e-4 ? '< 0.0001' : `= ${p.toPrecision(2)}`;
}

/** An interval for readers, or nothing where it has no bounds. */
export function intervalInWords(low: number | null, high: number | null): string {
  return low === null || high === null ? '' : ` [${inWords(low)}, ${inWords(high)}]`;
}

/** `3 seeds`, `1 seed`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
