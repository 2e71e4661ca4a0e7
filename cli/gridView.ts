import { performance } from 'node:perf_hooks';
import type { GridEvent, TestResult, TrainResult } from '../experiments/grid/contract.js';
import { formatSeconds } from './format.js';
import type { LiveStatus } from './gridStatus.js';
import { type Output, type StatusLine, createStatusLine, showWork } from './output.js';
import type { PlannedCell } from '../experiments/subject.js';
import { variantText } from '../experiments/variants.js';

/** After so long, and with so much done, the pace of a grid says how long all of it takes. */
const MEASURED = { seconds: 5, cells: 0.2 };

/** How far a grid is and how fast it goes, in cells; a cell under way counts by its fraction. */
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

  /** A resumed cell has a part of its training behind it: the first progress it reports is where it began. */
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

  /** The cells under way and how far each is. */
  get cells(): readonly { readonly cell: string; readonly part: number }[] {
    return [...this.running].map(([cell, { part }]) => ({ cell, part }));
  }

  /** The part of the grid that is done, 0 to 1. */
  get part(): number {
    return (this.done + this.sum(({ part }) => part)) / Math.max(1, this.total);
  }

  private get made(): number {
    return this.ended - this.inherited + this.sum(({ from = 0, part }) => part - from);
  }

  /** Seconds that a cell takes, and to go; undefined before enough was done to be measured by. */
  pace(elapsed: number): { readonly secondsPerCell: number; readonly secondsLeft: number } | undefined {
    const { made } = this;
    if (elapsed < MEASURED.seconds || made < MEASURED.cells || this.underWay === 0) return undefined;
    return {
      secondsPerCell: (elapsed * this.underWay) / made,
      secondsLeft: this.secondsLeft(elapsed),
    };
  }

  /** Seconds to go at the pace of this session; infinite before anything was done in it. */
  secondsLeft(elapsed: number): number {
    const { made } = this;
    const left = this.total - this.done - this.sum(({ part }) => part);
    return left <= 0 ? 0 : (elapsed * left) / made;
  }

  private sum(of: (cell: { readonly from: number | undefined; readonly part: number }) => number): number {
    return [...this.running.values()].reduce((total, cell) => total + of(cell), 0);
  }
}

type EventOf<T extends GridEvent['type']> = Extract<GridEvent, { readonly type: T }>;

/** A cell in a line: `delta, none, seed 1, learning rate 0.003`, after its task where there are several. */
function cellText({ task, variant, seed, learningRate }: PlannedCell, tasks: number): string {
  return `${tasks > 1 ? `${task}: ` : ''}${variantText(variant)}, seed ${seed}, learning rate ${learningRate}`;
}

function resultText(result: TrainResult | TestResult): string {
  if (result.status !== 'done') return `${result.status}: ${result.reason}`;
  if ('validation' in result) return `validation ${result.validation.toFixed(4)}`;
  return `test ${result.test.toFixed(4)}`;
}

/** A grid as people follow it: a bar over all cells on a terminal, a line per cell and at intervals in a pipe. */
export class GridView {
  private readonly status: StatusLine;
  private readonly cells = new Map<string, PlannedCell>();
  private readonly tasks = new Set<string>();
  private readonly startedAt = performance.now();
  private progress = new GridProgress(0, 0);
  private toldPace = false;

  /** @param place where the cells run and what each takes, such as `in 2 processes, about 120 MB of memory each`. */
  constructor(
    output: Output,
    cells: readonly PlannedCell[],
    private readonly place = '',
  ) {
    this.status = createStatusLine(output, true);
    this.know(cells);
  }

  /** Cells that events may name. */
  know(cells: readonly PlannedCell[]): void {
    for (const cell of cells) {
      this.cells.set(cell.id, cell);
      this.tasks.add(cell.task);
    }
  }

  /** Shows one event. */
  show(event: GridEvent): void {
    switch (event.type) {
      case 'start':
        return this.showStart(event);
      case 'begin':
        if (event.stage === 'train') this.progress.begin(event.cell);
        return this.draw();
      case 'progress':
        this.progress.advance(event.cell, event.part);
        this.tellPace();
        return event.work ? showWork(this.status, event.work) : this.draw();
      case 'end':
        return this.showEnd(event);
    }
  }

  /** How it goes, for those who ask from elsewhere. */
  get live(): Pick<LiveStatus, 'underWay' | 'secondsLeft'> {
    const left = this.progress.secondsLeft(this.elapsed());
    return { underWay: this.progress.cells, secondsLeft: Number.isFinite(left) ? left : null };
  }

  /** Takes the drawn line away. */
  clear(): void {
    this.status.clear();
  }

  private showStart({ cells, groups, finished, note }: EventOf<'start'>): void {
    this.progress = new GridProgress(cells, finished);
    const rest = finished === 0 ? '' : `, ${finished} already finished`;
    const chosen = groups === cells ? '' : `, the best of each ${Math.round(cells / groups)} is tested`;
    const round = note === undefined ? '' : `${note}: `;
    const place = this.place === '' ? '' : ` ${this.place}`;
    this.status.say(`${round}${cells} ${cells === 1 ? 'cell' : 'cells'}${place}${chosen}${rest}`);
  }

  /** Once, when the first cells have got far enough to be measured by: seconds a cell, and when all will be trained. */
  private tellPace(): void {
    const elapsed = this.elapsed();
    const pace = this.toldPace ? undefined : this.progress.pace(elapsed);
    if (!pace) return;
    this.toldPace = true;
    const end = new Date(Date.now() + pace.secondsLeft * 1000);
    const clock = [end.getHours(), end.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
    this.status.say(
      `about ${formatSeconds(pace.secondsPerCell)} a cell by the first of them, ${formatSeconds(pace.secondsLeft)} for all, until about ${clock}`,
    );
  }

  private showEnd({ stage, cell, result }: EventOf<'end'>): void {
    if (stage === 'train') this.progress.end(cell);
    const planned = this.cells.get(cell);
    const name = planned ? cellText(planned, this.tasks.size) : cell;
    const { done, total } = this.progress;
    const count = `${String(done).padStart(String(total).length)}/${total}`;
    const eta = done < total ? `  ETA ${this.eta()}` : '';
    this.status.say(`${count}  ${name}: ${resultText(result)}${eta}`);
    this.draw();
  }

  private eta(): string {
    return formatSeconds(this.progress.secondsLeft(this.elapsed()));
  }

  private elapsed(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  private draw(): void {
    const { part, done, total, underWay } = this.progress;
    this.status.progress(part, `${done}/${total} cells, ${underWay} running  ETA ${this.eta()}`);
  }
}
