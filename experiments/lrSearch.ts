import type { Variant } from '../eval/compare/contract.js';
import { ConfigError } from '../src/core/errors.js';
import { valueAt } from '../src/core/valueAt.js';
import type { GroupOutcome, GridRound, TrainResult } from './grid/contract.js';
import type { PlannedCell } from './subject.js';
import { type Axis, parseAxis, variantText } from './variants.js';

/** Parts of a whole training that candidates get; after each the better half goes on. */
const SHARES = [1 / 16, 1 / 8, 1 / 4] as const;

/** The rates that are tried, as parts of the rate of the preset. */
const DEFAULT_PARTS = [0.1, 0.3, 1, 3, 10];

/** Rates that are added beyond an end of the grid at most. */
const MOST_WIDENINGS = 3;

/** Rates, and one more setting, among which the best are searched for each variant. */
export interface SearchRequest {
  /** A tenth to ten times the rate of the config unless given. */
  readonly rates?: readonly number[];
  /** `path=value,value` of one more setting. */
  readonly also?: string;
}

/** One setting that was tried for a variant, and how it did on validation. */
export interface SearchTrial {
  readonly task: string;
  readonly variant: Variant;
  readonly learningRate: number;
  /** Value of the further setting, where one was searched. */
  readonly also?: string;
  /** Part of a whole training that it was given. */
  readonly share: number;
  /** Null where it gave no result. */
  readonly validation: number | null;
  readonly cell: string;
}

/** What a search chose for a variant, before anything was tested. */
export interface SearchChoice {
  readonly task: string;
  readonly variant: Variant;
  readonly learningRate: number;
  readonly also?: string;
  /** Whether the best is still at an end of all rates that were tried. */
  readonly atEdge: boolean;
}

/** What a search tried, and what it chose. */
export interface SearchResult {
  readonly trials: readonly SearchTrial[];
  readonly choices: readonly SearchChoice[];
}

/** A variant whose rate is searched. */
export interface Searchable {
  readonly task: string;
  readonly variant: Variant;
  readonly best: 'high' | 'low';
  /** The rate of its config. */
  readonly rate: number;
  /** The cell of a candidate, given a part of the training. */
  readonly cell: (sets: readonly string[], share: number) => Promise<PlannedCell>;
}

interface Candidate {
  readonly rate: number;
  readonly also?: string;
  readonly sets: readonly string[];
}

type Results = ReadonlyMap<string, TrainResult>;
type Steps = AsyncGenerator<readonly PlannedCell[], SearchChoice, Results>;

/** Rounds to what is written: 0.003, not 0.0030000000000000005. */
const rounded = (rate: number): number => Number(rate.toPrecision(3));

function candidate(rate: number, axis: Axis | undefined, value: string | undefined): Candidate {
  const sets = [`optimizer.learningRate=${rate}`];
  return axis && value !== undefined
    ? { rate, also: value, sets: [...sets, `${axis.path}=${value}`] }
    : { rate, sets };
}

/** The samples or steps of a config given a part of its training. @throws ConfigError where it has neither. */
export function shareSets(config: object, share: number): readonly string[] {
  if (share === 1) return [];
  for (const name of ['samples', 'steps', 'tokens', 'epochs']) {
    const whole = valueAt(config, ['train', name]);
    if (typeof whole !== 'number') continue;
    const batch = Number(valueAt(config, ['train', 'batchSize']) ?? 1);
    // At least one update.
    return [
      `train.${name}=${Math.max(name === 'samples' || name === 'tokens' ? batch : 1, Math.round(share * whole))}`,
    ];
  }
  throw new ConfigError(
    '--lr-search: expected a training of so many samples, steps or tokens, to give candidates a part of it, got one of another budget; set train.steps',
  );
}

/**
 * Sees that the candidates of every variant can be cells, each another for each part of the training.
 *
 * @throws ConfigError for one that cannot.
 */
export async function checkSearch(request: SearchRequest, subjects: readonly Searchable[]): Promise<void> {
  const axis = request.also === undefined ? undefined : parseAxis(request.also, '--search-also');
  if (axis?.path === 'optimizer.learningRate')
    throw new ConfigError(
      '--search-also: expected another setting than optimizer.learningRate, which --lr-search searches; name its rates there',
    );
  for (const subject of subjects) {
    for (const value of axis?.values ?? [undefined]) {
      for (const rate of request.rates ?? [subject.rate])
        await subject.cell(candidate(rate, axis, value).sets, SHARES[0]);
    }
    const { sets } = candidate(subject.rate, axis, axis?.values[0]);
    const cells = await Promise.all([...SHARES, 1].map((share) => subject.cell(sets, share)));
    if (new Set(cells.map(({ id }) => id)).size < cells.length)
      throw new ConfigError(
        `--lr-search: expected a training of at least ${1 / SHARES[0]} updates, of which candidates get a sixteenth, an eighth and a quarter, got fewer; train longer, or compare rates by --lr-grid`,
      );
  }
}

/** The search for the learning rate of every variant, all variants at once. */
export class LrSearch {
  private readonly trials: SearchTrial[] = [];
  private readonly axis: Axis | undefined;
  private readonly running: { readonly steps: Steps; cells: readonly PlannedCell[]; choice?: SearchChoice }[];

  /** @throws ConfigError when the further setting cannot be read. */
  constructor(
    private readonly request: SearchRequest,
    subjects: readonly Searchable[],
    /** Told of every cell that is run, for whoever names it. */
    private readonly onCell: (cell: PlannedCell) => void,
  ) {
    this.axis = request.also === undefined ? undefined : parseAxis(request.also, '--search-also');
    this.running = subjects.map((subject) => ({ steps: this.stepsOf(subject), cells: [] }));
  }

  /** Cells of the next round, by what came of the last; none when every variant has its choice. */
  async next(last: readonly GroupOutcome[]): Promise<GridRound> {
    const results = new Map(
      last.flatMap(({ cells }) => cells.map(({ id, trained }) => [id, trained] as const)),
    );
    for (const run of this.running) {
      if (run.choice) continue;
      const step = await run.steps.next(results);
      run.cells = step.done === true ? [] : step.value;
      if (step.done === true) run.choice = step.value;
    }
    const cells = this.running.flatMap((run) => run.cells);
    for (const cell of cells) this.onCell(cell);
    return { cells: cells.map(({ cell }) => cell), trainOnly: true, note: 'search of learning rates' };
  }

  /** What was tried and chosen so far. */
  result(): SearchResult {
    return { trials: this.trials, choices: this.running.flatMap(({ choice }) => choice ?? []) };
  }

  /** The settings that were chosen for each variant. */
  chosenSets(): (readonly string[])[] {
    return this.result().choices.map(
      ({ learningRate, also }) => candidate(learningRate, this.axis, also).sets,
    );
  }

  /** Sentences for the report on choices that a reader should doubt. */
  notes(): string[] {
    return this.result().choices.flatMap(({ task, variant, learningRate, atEdge }) =>
      atEdge
        ? [
            `${variantText(variant)} on ${task}: the best learning rate, ${learningRate}, is at the edge of those searched; a rate beyond it may be better.`,
          ]
        : [],
    );
  }

  /** Halving, then rates beyond an end of the grid while the best is there. */
  private async *stepsOf(subject: Searchable): Steps {
    const rates = [...(this.request.rates ?? DEFAULT_PARTS.map((part) => rounded(part * subject.rate)))].sort(
      (a, b) => a - b,
    );
    const values = this.axis?.values ?? [undefined];
    let left = rates.flatMap((rate) => values.map((value) => candidate(rate, this.axis, value)));
    let scores: number[] = [];
    for (const [rung, share] of SHARES.entries()) {
      scores = yield* this.try(subject, left, share);
      const keep = rung === SHARES.length - 1 ? 1 : Math.ceil(left.length / 2);
      // Of equals, as where nothing was learned yet, those near the rate of the config.
      const distance = (i: number): number => Math.abs(Math.log((left[i]?.rate ?? NaN) / subject.rate));
      const order = left
        .map((_, i) => i)
        .sort((i, j) => (scores[j] ?? 0) - (scores[i] ?? 0) || distance(i) - distance(j) || i - j)
        .slice(0, keep)
        .sort((i, j) => i - j);
      [left, scores] = [order.flatMap((i) => left[i] ?? []), order.map((i) => scores[i] ?? -Infinity)];
    }
    const [first] = left;
    if (!first) throw new ConfigError('--lr-search: expected at least one learning rate, got none');
    return yield* this.widen(subject, first, scores[0] ?? -Infinity, rates);
  }

  private async *widen(subject: Searchable, first: Candidate, score: number, rates: number[]): Steps {
    let best = { own: first, score };
    const isEdge = (): boolean => rates.length > 1 && [rates[0], rates.at(-1)].includes(best.own.rate);
    for (let i = 0; i < MOST_WIDENINGS && isEdge(); i++) {
      const [lowest = 1, low = 1] = rates;
      const [high = 1, highest = 1] = rates.slice(-2);
      const isHigh = best.own.rate === highest;
      const rate = rounded(isHigh ? highest * (highest / high) : lowest * (lowest / low));
      if (rates.includes(rate)) break;
      if (isHigh) rates.push(rate);
      else rates.unshift(rate);
      const beyond = candidate(rate, this.axis, best.own.also);
      const [found = -Infinity] = yield* this.try(subject, [beyond], SHARES[SHARES.length - 1] ?? 1);
      if (found > best.score) best = { own: beyond, score: found };
    }
    const { task, variant } = subject;
    const { rate: learningRate, also } = best.own;
    return { task, variant, learningRate, ...(also !== undefined && { also }), atEdge: isEdge() };
  }

  /** Trains candidates for a part of the training and gives their scores, more always better. */
  private async *try(
    subject: Searchable,
    candidates: readonly Candidate[],
    share: number,
  ): AsyncGenerator<readonly PlannedCell[], number[], Results> {
    const cells: PlannedCell[] = [];
    for (const { sets } of candidates) cells.push(await subject.cell(sets, share));
    const results = yield cells;
    return cells.map(({ id, task, variant }, i) => {
      const trained = results.get(id);
      const validation =
        trained?.status === 'done' && Number.isFinite(trained.validation) ? trained.validation : null;
      const { rate: learningRate = NaN, also } = candidates[i] ?? {};
      this.trials.push({
        task,
        variant,
        learningRate,
        ...(also !== undefined && { also }),
        share,
        validation,
        cell: id,
      });
      return validation === null ? -Infinity : subject.best === 'high' ? validation : -validation;
    });
  }
}
