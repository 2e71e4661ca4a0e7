/** A token and what it has to do with the one that is looked at. */
export interface Part {
  readonly place: number;
  readonly share: number;
}

/** What the read-out at a token owes to each token up to it. */
export function readFrom(shares: readonly Float32Array[], token: number): readonly Part[] {
  return Array.from(shares[token]?.subarray(0, token + 1) ?? [], (share, place) => ({ place, share }));
}

/** What the read-outs from a token on owe to its write. */
export function readBy(shares: readonly Float32Array[], token: number): readonly Part[] {
  return shares.slice(token).map((row, i) => ({ place: token + i, share: row[token] ?? 0 }));
}

/** The largest parts, the largest first. */
export function strongest(parts: readonly Part[], count: number): readonly Part[] {
  return parts.toSorted((a, b) => Math.abs(b.share) - Math.abs(a.share)).slice(0, count);
}
