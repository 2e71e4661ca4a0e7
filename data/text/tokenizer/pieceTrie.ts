/** Multiplier of Fibonacci hashing, 2^32 over the golden ratio: spreads keys in a row over the table. */
const SPREAD = 0x9e3779b1;

/**
 * Pieces by their bytes: one walk from a place in a word, from the root on, meets every piece that begins there,
 * shortest first, and ends where none goes on.
 */
export class PieceTrie {
  readonly root = 0;
  /** `256 node + byte` and the node behind it, in pairs; key -1 where a place is free, which half or more are. */
  private readonly table: Int32Array;
  private readonly shift: number;
  /** Piece that ends in each node; -1 for none. */
  private readonly ends: Int32Array;

  /** @param pieces byte strings, one character a byte */
  constructor(pieces: readonly string[]) {
    const mostNodes = 1 + pieces.reduce((sum, { length }) => sum + length, 0);
    const bits = Math.max(1, Math.ceil(Math.log2(2 * mostNodes)));
    this.table = new Int32Array(2 << bits).fill(-1);
    this.shift = 32 - bits;
    this.ends = new Int32Array(mostNodes).fill(-1);
    let nodes = 1;
    pieces.forEach((piece, index) => {
      let node = this.root;
      for (let i = 0; i < piece.length; i++) {
        const byte = piece.charCodeAt(i);
        const at = this.placeOf(node, byte);
        if (this.table[at] === -1) this.table.set([256 * node + byte, nodes++], at);
        node = this.table[at + 1] ?? 0;
      }
      this.ends[node] = index;
    });
  }

  /** The node one byte further; undefined where no piece goes on so. */
  child(node: number, byte: number): number | undefined {
    const at = this.placeOf(node, byte);
    return this.table[at] === -1 ? undefined : this.table[at + 1];
  }

  /** Index of the piece that ends in a node; -1 for none. */
  pieceAt(node: number): number {
    return this.ends[node] ?? -1;
  }

  /** Where in the table the pair of a key is, or would be. */
  private placeOf(node: number, byte: number): number {
    const { table } = this;
    const key = 256 * node + byte;
    const mask = table.length / 2 - 1;
    let at = Math.imul(key, SPREAD) >>> this.shift;
    while (table[2 * at] !== -1 && table[2 * at] !== key) at = (at + 1) & mask;
    return 2 * at;
  }
}
