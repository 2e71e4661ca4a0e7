/**
 * Pieces by their bytes: one walk from a place in a word, from the root on, meets every piece that begins there,
 * shortest first, and ends where none goes on.
 */
export class PieceTrie {
  readonly root = 0;
  /** Node behind a node and a byte, by `256 node + byte`. */
  private readonly next = new Map<number, number>();
  /** Piece that ends in each node; -1 for none. */
  private readonly ends: number[] = [-1];

  /** @param pieces byte strings, one character a byte */
  constructor(pieces: readonly string[]) {
    pieces.forEach((piece, index) => {
      let node = this.root;
      for (let at = 0; at < piece.length; at++) {
        const known = this.child(node, piece.charCodeAt(at));
        const child = known ?? this.ends.push(-1) - 1;
        if (known === undefined) this.next.set(256 * node + piece.charCodeAt(at), child);
        node = child;
      }
      this.ends[node] = index;
    });
  }

  /** The node one byte further; undefined where no piece goes on so. */
  child(node: number, byte: number): number | undefined {
    return this.next.get(256 * node + byte);
  }

  /** Index of the piece that ends in a node; -1 for none. */
  pieceAt(node: number): number {
    return this.ends[node] ?? -1;
  }
}
