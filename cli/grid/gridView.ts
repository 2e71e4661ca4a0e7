import { performance } from 'node:perf_hooks';
import type { GridEvent, TestResult, TrainResult } from '../../experiments/grid/contract.js';
import { formatBar, formatSeconds } from '../format.js';
import type { Output } from '../output.js';
import { createStatusLine, type StatusLine } from '../statusLine.js';
import { GridProgress } from './gridProgress.js';
import type { PlannedCell } from '../../experiments/plan.js';
import { variantText } from '../../experiments/variants.js';

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
  private readonly startedAt = performance.now();
  private lineAt = performance.now();
  private progress = new GridProgress(0, 0);

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
        if (event.stage === 'train') this.progress.begin(event.cell);
        return this.draw();
      case 'progress':
        this.progress.advance(event.cell, event.part);
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
    this.progress = new GridProgress(cells, finished);
    const rest = finished === 0 ? '' : `, ${finished} of them from before`;
    const chosen = groups === cells ? '' : `, one of each ${Math.round(cells / groups)} to be chosen`;
    this.say(`${cells} ${cells === 1 ? 'cell' : 'cells'}${chosen}${rest}`);
  }

  private showEnd({ stage, cell, result }: EventOf<'end'>): void {
    if (stage === 'train') this.progress.end(cell);
    const planned = this.cells.get(cell);
    const name = planned ? cellText(planned) : cell;
    const { done, total } = this.progress;
    const count = `${String(done).padStart(String(total).length)}/${total}`;
    const eta = done < total ? `  ETA ${this.eta()}` : '';
    this.say(`${count}  ${name}: ${resultText(result)}${eta}`);
    this.lineAt = performance.now();
    this.draw();
  }

  private eta(): string {
    return formatSeconds(this.progress.secondsLeft((performance.now() - this.startedAt) / 1000));
  }

  private draw(): void {
    const { part, done, total, underWay } = this.progress;
    const percent = `${(100 * part).toFixed(0)} %`.padStart(5);
    const facts = `${done}/${total} cells, ${underWay} running  ETA ${this.eta()}`;
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
