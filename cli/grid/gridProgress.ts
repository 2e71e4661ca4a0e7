/** How far a grid is, and how fast it goes: cells as parts of 1. */
export class GridProgress {
  /** Cells under way: where this session found them, and where they are. */
  private readonly running = new Map<string, { readonly from: number | undefined; readonly part: number }>();
  private ended = 0;
  /** What cells that ended had behind them when this session began. */
  private inherited = 0;

  constructor(
    /** Cells of the grid. */
    readonly total: number,
    /** Those of them that were done before. */
    private readonly before: number,
  ) {}

  begin(cell: string): void {
    this.running.set(cell, { from: undefined, part: 0 });
  }

  /** A cell that goes on from a checkpoint has part of it behind it: what is told first is where it began. */
  advance(cell: string, part: number): void {
    const known = this.running.get(cell);
    if (known) this.running.set(cell, { from: known.from ?? part, part });
  }

  end(cell: string): void {
    this.inherited += this.running.get(cell)?.from ?? 0;
    this.running.delete(cell);
    this.ended++;
  }

  /** Cells that are done. */
  get done(): number {
    return this.before + this.ended;
  }

  get underWay(): number {
    return this.running.size;
  }

  /** The part of the grid that is done, 0 to 1. */
  get part(): number {
    return (this.done + this.sum(({ part }) => part)) / Math.max(1, this.total);
  }

  /** Seconds to go at the pace of this session; infinite before anything was done in it. */
  secondsLeft(elapsed: number): number {
    const made = this.ended - this.inherited + this.sum(({ from = 0, part }) => part - from);
    const left = this.total - this.done - this.sum(({ part }) => part);
    return left <= 0 ? 0 : (elapsed * left) / made;
  }

  private sum(of: (cell: { readonly from: number | undefined; readonly part: number }) => number): number {
    return [...this.running.values()].reduce((total, cell) => total + of(cell), 0);
  }
}
