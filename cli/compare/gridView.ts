import { performance } from 'node:perf_hooks';
import type { GridEvent, TestResult, TrainResult } from '../../train/grid/contract.js';
import { formatBar, formatSeconds } from '../format.js';
import type { Output } from '../output.js';
import { createStatusLine, type StatusLine } from '../statusLine.js';
import type { PlannedCell } from './plan.js';
import { variantText } from './variants.js';

/** Milliseconds between lines about progress where no terminal watches. */
const LINE_EVERY_MS = 30_000;

type EventOf<T extends GridEvent['type']> = Extract<GridEvent, { readonly type: T }>;

/** A cell in a line: `delta, none, seed 1, rate 0.003`. */
export function cellText({ variant, seed, learningRate }: PlannedCell): string {
  return `${variantText(variant)}, seed ${seed}, rate ${learningRate}`;
}

function resultText(result: TrainResult | TestResult): string {
  if (result.status !== 'done') return `${result.status}: ${result.reason}`;
  if ('validation' in result) return `validation ${result.validation.toFixed(4)}`;
  return `test ${result.test.toFixed(4)}`;
}

/** A grid as people follow it: a bar over all cells on a terminal, a line a cell in a pipe. */
export class GridView {
  private readonly status: StatusLine;
  private readonly cells: ReadonlyMap<string, PlannedCell>;
  /** Parts of the cells under way. */
  private readonly running = new Map<string, number>();
  private readonly startedAt = performance.now();
  private lineAt = performance.now();
  private total = 0;
  private before = 0;
  private ended = 0;

  constructor(
    private readonly output: Output,
    cells: readonly PlannedCell[],
  ) {
    this.status = createStatusLine(output);
    this.cells = new Map(cells.map((cell) => [cell.id, cell]));
  }

  /** Shows one event. */
  show(event: GridEvent): void {
    switch (event.type) {
      case 'start':
        return this.showStart(event);
      case 'begin':
        if (event.stage === 'train') this.running.set(event.cell, 0);
        return this.draw();
      case 'progress':
        if (this.running.has(event.cell)) this.running.set(event.cell, event.part);
        return this.draw();
      case 'end':
        return this.showEnd(event);
    }
  }

  /** Takes the drawn line away. */
  clear(): void {
    this.status.clear();
  }

  private say(text: string): void {
    this.status.clear();
    this.output.line(text);
  }

  private showStart({ cells, groups, finished }: EventOf<'start'>): void {
    [this.total, this.before] = [cells, finished];
    const rest = finished === 0 ? '' : `, ${finished} of them from before`;
    const chosen = groups === cells ? '' : `, one of each ${Math.round(cells / groups)} to be chosen`;
    this.say(`${cells} ${cells === 1 ? 'cell' : 'cells'}${chosen}${rest}`);
  }

  private showEnd({ stage, cell, result }: EventOf<'end'>): void {
    if (stage === 'train') {
      this.running.delete(cell);
      this.ended++;
    }
    const planned = this.cells.get(cell);
    const name = planned ? cellText(planned) : cell;
    const width = String(this.total).length;
    const count = `${String(this.before + this.ended).padStart(width)}/${this.total}`;
    const eta = this.ended + this.before < this.total ? `  ETA ${this.eta()}` : '';
    this.say(`${count}  ${name}: ${resultText(result)}${eta}`);
    this.lineAt = performance.now();
    this.draw();
  }

  /** Cells done in this session, those under way by their parts. */
  private get done(): number {
    return this.ended + [...this.running.values()].reduce((a, b) => a + b, 0);
  }

  private eta(): string {
    const seconds = (performance.now() - this.startedAt) / 1000;
    return formatSeconds(seconds * ((this.total - this.before) / this.done - 1));
  }

  private draw(): void {
    const part = (this.before + this.done) / Math.max(1, this.total);
    const percent = `${(100 * part).toFixed(0)} %`.padStart(5);
    const facts = `${this.before + this.ended}/${this.total} cells, ${this.running.size} running  ETA ${this.eta()}`;
    if (this.output.interactive) {
      const width = Math.max(10, Math.min(40, this.output.columns - facts.length - 12));
      this.status.show(`${formatBar(part, width)} ${percent}  ${facts}`);
      return;
    }
    if (performance.now() - this.lineAt < LINE_EVERY_MS) return;
    this.lineAt = performance.now();
    this.output.line(`${percent}  ${facts}`);
  }
}
