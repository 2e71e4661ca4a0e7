import { performance } from 'node:perf_hooks';
import type { GridEvent, TestResult, TrainResult } from '../experiments/grid/contract.js';
import { formatSeconds } from './format.js';
import type { LiveStatus } from './gridStatus.js';
import { type Output, type StatusLine, createStatusLine, showWork } from './output.js';
import type { PlannedCell } from '../experiments/subject.js';
import { variantText } from '../experiments/variants.js';

/** Steps of so many seconds say how long a cell takes. */
const MEASURED_SECONDS = 1.5;
/** Cells wait for the first to be measured for so long at most. */
const PATIENCE_MS = 10_000;

/** How far a grid is and how fast it goes, in cells; a cell under way counts by its fraction. */
export class GridProgress {
  /** Cells under way: where this session found them, and where they are. */
  private readonly running = new Map<string, { readonly from: number | undefined; readonly part: number }>();
  private ended = 0;
  /** What cells that ended had behind them when this session began. */
  private inherited = 0;
  /** Where the first steps were seen, from which on the pace is measured: what is before them is not repeated. */
  private measuredFrom: { readonly at: number; readonly made: number } | undefined;

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

  /** Seconds that a cell takes, and all that are left, so many at a time; undefined before that was measured. */
  pace(
    elapsed: number,
    places = this.underWay,
  ): { readonly secondsPerCell: number; readonly secondsLeft: number } | undefined {
    const { made, underWay, left } = this;
    if (made <= 0 || underWay === 0) return undefined;
    this.measuredFrom ??= { at: elapsed, made };
    const [passed, gained] = [elapsed - this.measuredFrom.at, made - this.measuredFrom.made];
    if (passed < MEASURED_SECONDS || gained <= 0) return undefined;
    const secondsPerCell = (passed * underWay) / gained;
    return { secondsPerCell, secondsLeft: (secondsPerCell * left) / places };
  }

  /** Seconds to go at the pace of this session; infinite before anything was done in it. */
  secondsLeft(elapsed: number): number {
    const { made, left } = this;
    return left <= 0 ? 0 : (elapsed * left) / made;
  }

  private get left(): number {
    return this.total - this.done - this.sum(({ part }) => part);
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

/** Where cells run. */
export interface GridPlace {
  /** Such as `in 2 processes at most, about 120 MB of memory each`. */
  readonly text: string;
  /** Cells that run at a time, where that is known. */
  readonly processes?: number;
}

/** A grid as people follow it: a bar over all cells on a terminal, a line per cell and at intervals in a pipe. */
export class GridView {
  /** Settled when it was said how long a cell takes, or that does not come. */
  readonly measured: Promise<void>;
  private endMeasuring: () => void = () => undefined;
  private patience: NodeJS.Timeout | undefined;
  private readonly status: StatusLine;
  private readonly cells = new Map<string, PlannedCell>();
  private readonly tasks = new Set<string>();
  private readonly startedAt = performance.now();
  private progress = new GridProgress(0, 0);
  private toldPace = false;

  constructor(
    output: Output,
    cells: readonly PlannedCell[],
    private readonly place: GridPlace = { text: '' },
  ) {
    this.status = createStatusLine(output, true);
    this.measured = new Promise((resolve) => (this.endMeasuring = resolve));
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
        this.patience ??= setTimeout(this.endMeasuring, PATIENCE_MS).unref();
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
    clearTimeout(this.patience);
    this.status.clear();
  }

  private showStart({ cells, groups, finished, note }: EventOf<'start'>): void {
    this.progress = new GridProgress(cells, finished);
    const rest = finished === 0 ? '' : `, ${finished} already finished`;
    const chosen = groups === cells ? '' : `, the best of each ${Math.round(cells / groups)} is tested`;
    const round = note === undefined ? '' : `${note}: `;
    const place = this.place.text === '' ? '' : ` ${this.place.text}`;
    this.status.say(`${round}${cells} ${cells === 1 ? 'cell' : 'cells'}${place}${chosen}${rest}`);
  }

  /** Once, when the first cell has made enough steps to be measured: seconds a cell, and when all will be trained. */
  private tellPace(): void {
    if (this.toldPace) return;
    const pace = this.progress.pace(this.elapsed(), this.place.processes);
    if (!pace) return;
    this.toldPace = true;
    this.endMeasuring();
    const end = new Date(Date.now() + pace.secondsLeft * 1000);
    const clock = [end.getHours(), end.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
    this.status.say(
      `about ${formatSeconds(pace.secondsPerCell)} a cell by the first steps, ${formatSeconds(pace.secondsLeft)} for all, until about ${clock}`,
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
