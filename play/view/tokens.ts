/** A token by itself as a word in running text: what cannot be seen is shown by a sign, the end of text by `empty`. */
export function tokenName(piece: string, empty = '⟨start⟩'): string {
  if (piece === '') return empty;
  const shown = piece.replaceAll('\n', '↵').replaceAll('\t', '⇥').trim();
  return shown === '' ? '␣' : shown;
}

/** Which place a key leads to; undefined for a key that does not scrub. */
export function placeAfter(key: string, token: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, token - 1);
    case 'ArrowRight':
      return Math.min(count - 1, token + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
