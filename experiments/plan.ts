import type { CellCost, Variant } from '../eval/compare/contract.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import { ConfigError } from '../src/core/errors.js';
import type { Cell } from './grid/contract.js';
import { equalise, type EqualMode } from './equalise.js';
import { subjectOf, type Subject } from './subject.js';
import {
  checkSets,
  planVariants,
  type ResolvedVariant,
  rulelessMixers,
  type VariantPlan,
  type VariantRequest,
} from './variants.js';

/** A cell and where it stands in the grid. */
export interface PlannedCell {
  readonly cell: Cell;
  /** Its hash. */
  readonly id: string;
  readonly variant: Variant;
  readonly seed: number;
  readonly learningRate: number;
  readonly cost: CellCost;
}

/** A whole grid before it runs. */
export interface GridPlan {
  /** Name of the task, or of the stories. */
  readonly task: string;
  readonly subject: Subject;
  readonly cells: readonly PlannedCell[];
  /** What was changed to make variants equal, one line per variant. */
  readonly notes: readonly string[];
}

export interface PlanRequest extends VariantRequest {
  readonly task: string;
  readonly preset?: string;
  readonly config?: string;
  /** `path=value`. */
  readonly sets?: readonly string[];
  readonly seeds: number;
  readonly lrGrid?: readonly number[];
  readonly equal?: EqualMode;
}

/** A variant with its rule and gate as the config has them. */
async function named(variant: Variant, { model }: JsonObject): Promise<Variant> {
  const settings = new Map(typeof model === 'object' ? Object.entries(model ?? {}) : []);
  const mixer = settings.get('mixer');
  // A mixer without a rule has no decay either.
  if (typeof mixer === 'string' && Object.hasOwn(await rulelessMixers(), mixer)) {
    return { ...variant, rule: mixer, gate: 'none' };
  }
  const [rule, gate] = ['rule', 'gate'].map((name) => settings.get(name));
  return {
    ...(typeof rule === 'string' && { rule }),
    ...(typeof gate === 'string' && { gate }),
    ...Object.fromEntries(Object.entries(variant).filter(([name]) => name !== 'rule' && name !== 'gate')),
  };
}

async function resolveVariant(
  subject: Subject,
  { variant, choices, sets, ruleFile }: VariantPlan,
  own: readonly string[],
): Promise<ResolvedVariant> {
  const all = [...choices, ...own, ...sets];
  const config = await subject.resolve(all);
  const cost = await subject.cost(config);
  return { variant: await named(variant, config), sets: all, config, cost, ...(ruleFile && { ruleFile }) };
}

function refuseTwins(variants: readonly ResolvedVariant[]): void {
  const texts = variants.map(({ variant }) => JSON.stringify(variant));
  const twin = texts.find((text, i) => texts.indexOf(text) < i);
  if (twin === undefined) return;
  throw new ConfigError(`grid: two variants are the same, ${twin}; leave one out`);
}

async function cellsOf(
  subject: Subject,
  resolved: ResolvedVariant,
  { seeds, lrGrid }: PlanRequest,
): Promise<PlannedCell[]> {
  const { cellHash, learningRateOf } = await import('./grid/cellHash.js');
  const cells: PlannedCell[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    for (const rate of lrGrid ?? [undefined]) {
      const rates = rate === undefined ? [] : [`optimizer.learningRate=${rate}`];
      const config = await subject.resolve([...resolved.sets, `seed=${seed}`, ...rates]);
      const { variant, cost, ruleFile } = resolved;
      const cell = { kind: subject.kind, config, ...(ruleFile && { ruleFile }) };
      cells.push({ cell, id: cellHash(cell), variant, seed, learningRate: learningRateOf(cell), cost });
    }
  }
  return cells;
}

/**
 * The cells of a grid: variants x seeds x learning rates, with everything checked before the first runs.
 *
 * @throws ConfigError for unknown names, paths and values, with suggestions.
 */
export async function planGrid(request: PlanRequest): Promise<GridPlan> {
  checkSets(request.sets ?? [], request);
  const subject = await subjectOf(request);
  const resolved: ResolvedVariant[] = [];
  for (const variant of await planVariants(request)) {
    resolved.push(await resolveVariant(subject, variant, request.sets ?? []));
  }
  refuseTwins(resolved);
  const { variants, notes } = await equalise(subject, resolved, request.equal);
  const cells: PlannedCell[] = [];
  for (const variant of variants) cells.push(...(await cellsOf(subject, variant, request)));
  return { task: request.task, subject, cells, notes };
}
