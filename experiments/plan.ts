import { z } from 'zod';
import type { Following, TaskName } from '../data/index.js';
import type { Variant } from '../eval/compare/contract.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import { ConfigError, lookUp, PlugInError } from '../src/core/errors.js';
import { resolveParams, type Params } from '../src/core/params.js';
import { count, type Known } from '../src/core/schema.js';
import { reasonOf } from '../src/core/text.js';
import { valueAt } from '../src/core/valueAt.js';
import { callback, list, made, optionsCheck } from '../src/core/options.js';
import { isPlugInPath, namesFile, type PlugInLoader, plugInsOf } from '../train/config/plugIns.js';
import type { FrontierCost } from '../eval/compare/comparison.js';
import { frontierCost } from '../eval/compare/frontier.js';
import { EQUAL_MODES, equalise, type EqualMode } from './equalise.js';
import {
  checkSearch,
  shareSets,
  type Searchable,
  type SearchRequest,
  type SearchResult,
} from './lrSearch.js';
import { type PlannedCell, type STORIES, subjectOf, type Subject } from './subject.js';
import {
  checkSets,
  planVariants,
  type ResolvedVariant,
  rulelessMixers,
  type VariantPlan,
  type VariantRequest,
  variantText,
} from './variants.js';

/** A whole grid before it runs. */
export interface GridPlan {
  /** Name of the task, or of the stories. */
  readonly task: string;
  readonly cells: readonly PlannedCell[];
  /** What was changed to make variants equal, and which are left out, one line per variant. */
  readonly notes: readonly string[];
  /** Where seeds are added until pairs are decided; `cells` are then those of all seeds there may be. */
  readonly auto?: AutoSeeds;
  /** How far apart two variants may be and still be equivalent; by the metric unless given. */
  readonly margin?: number;
  /** The cost that scores are weighed against in the report. */
  readonly frontier?: FrontierCost;
  /** Where learning rates are searched before: `cells` are then as if each variant had the rate of its config. */
  readonly search?: SearchPlan;
  /** What the search that was run has found; `cells` are then those of its choices. */
  readonly searched?: SearchResult;
}

/** What is searched, and the cells of what was chosen. */
interface SearchPlan {
  readonly request: SearchRequest;
  readonly subjects: readonly Searchable[];
  /** The cells of all seeds, each variant with the settings of its choice, which is given in the order of `subjects`. */
  readonly cells: (sets: readonly (readonly string[])[]) => Promise<readonly PlannedCell[]>;
}

/** Until when seeds are added. */
export interface AutoSeeds {
  /** Seeds of each variant at most. */
  readonly maxSeeds: number;
  /** Time for all seeds together; the first is always run. */
  readonly budgetSeconds?: number;
}

export interface PlanRequest extends VariantRequest {
  /** Name of a task, or 'stories' for text. */
  readonly task: Known<TaskName | typeof STORIES>;
  readonly preset?: string;
  readonly config?: string;
  /** `path=value`. */
  readonly sets?: readonly string[];
  /** Seeds 1 to n, or until pairs are decided. */
  readonly seeds: number | AutoSeeds;
  readonly margin?: number;
  /** The cost that scores are weighed against in the report. */
  readonly frontier?: FrontierCost;
  readonly lrGrid?: readonly number[];
  /** Searches the learning rate of each variant instead. */
  readonly search?: SearchRequest;
  readonly equal?: EqualMode;
  /** Told how far the check of the text is. */
  readonly onProgress?: Following['onProgress'];
  /** Plan also what memory does not seem to suffice for. */
  readonly force?: boolean;
}

/** The options of `PlanRequest`. */
export const planFields = {
  task: z.string(),
  preset: z.string().optional(),
  config: z.string().optional(),
  sets: list<readonly string[]>().optional(),
  seeds: z.union([count, z.strictObject({ maxSeeds: count, budgetSeconds: z.number().exactOptional() })]),
  margin: z.number().optional(),
  frontier: frontierCost.optional(),
  lrGrid: list<readonly number[]>().optional(),
  search: z
    .strictObject({ rates: list<readonly number[]>().exactOptional(), also: z.string().exactOptional() })
    .optional(),
  equal: z.enum(EQUAL_MODES).optional(),
  onProgress: callback<NonNullable<Following['onProgress']>>().optional(),
  force: z.boolean().optional(),
  rules: list<readonly string[]>().optional(),
  gates: list<readonly string[]>().optional(),
  likes: list<readonly string[]>().optional(),
  vary: list<readonly string[]>().optional(),
  loader: made<PlugInLoader>('a loader of plug-ins').optional(),
};

/** Checks the fields of a request. */
export const checkRequest = optionsCheck<PlanRequest>(planFields);

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

/** What is given as a file by the name that the config has for what is in it. */
function withoutPaths(variant: Variant, config: JsonObject): Variant {
  const entries = Object.entries(variant).map(([path, given]) => {
    const name = isPlugInPath(String(given)) ? valueAt(config, path.split('.')) : given;
    return [path, typeof name === 'string' ? name : given] as const;
  });
  return Object.fromEntries(entries);
}

async function resolveVariant(
  subject: Subject,
  { variant, choices, sets }: VariantPlan,
  own: readonly string[],
): Promise<ResolvedVariant> {
  const all = [...choices, ...own, ...sets];
  const config = await subject.resolve(all);
  if (plugInsOf(config).some(({ kind }) => kind === 'rule')) await rehearse(config);
  const cost = await subject.cost(config);
  return { variant: withoutPaths(await named(variant, config), config), sets: all, config, cost };
}

/** Seeds are added for what pairs say, so there must be one. */
function refuseAlone({ seeds }: PlanRequest, variants: readonly ResolvedVariant[]): void {
  const [only, ...others] = variants;
  if (typeof seeds === 'number' || !only || others.length > 0) return;
  throw new ConfigError(
    `--seeds auto: expected at least two variants to tell apart, got only ${variantText(only.variant)}; name more by --rule, --gate or --vary, or give a number of seeds`,
  );
}

/**
 * Variants of a mixer without a rule once each: rules and gates that are varied beside it change nothing.
 *
 * @throws ConfigError for any others that are the same.
 */
async function withoutTwins(variants: readonly ResolvedVariant[]): Promise<readonly ResolvedVariant[]> {
  const ruleless = await rulelessMixers();
  const seen = new Set<string>();
  return variants.filter(({ variant }) => {
    const text = JSON.stringify(variant);
    if (!seen.has(text)) return seen.add(text);
    if (Object.hasOwn(ruleless, variant.rule ?? '')) return false;
    throw new ConfigError(`grid: two variants are the same, ${text}; leave one out`);
  });
}

/** A cell that has no name yet: that depends on the text it is trained on. */
type Draft = Omit<PlannedCell, 'id'>;

interface Place {
  readonly subject: Subject;
  readonly task: string;
}

/** Cells of a variant: every seed with each of these settings. */
async function draftCells(
  { subject, task }: Place,
  { variant, cost, sets: own }: ResolvedVariant,
  seeds: readonly number[],
  choices: readonly (readonly string[])[],
): Promise<Draft[]> {
  const { learningRateOf } = await import('./grid/cellHash.js');
  const drafts: Draft[] = [];
  for (const seed of seeds) {
    for (const sets of choices) {
      const config = await subject.resolve([...own, `seed=${seed}`, ...sets]);
      const cell = { kind: subject.kind, config };
      const learningRate = learningRateOf(cell);
      drafts.push({ cell, task, metric: subject.metric, variant, seed, learningRate, cost });
    }
  }
  return drafts;
}

/** The cells with the fingerprints of their texts, where they have any, and their names. */
async function nameCells(
  drafts: readonly Draft[],
  texts: readonly (string | undefined)[],
): Promise<PlannedCell[]> {
  const { cellHash } = await import('./grid/cellHash.js');
  return drafts.map((draft, i) => {
    const text = texts[i];
    const cell = { ...draft.cell, ...(text !== undefined && { text }) };
    return { ...draft, cell, id: cellHash(cell) };
  });
}

/**
 * The search for the rates of these variants, which are then given to all seeds. `texts` are those of the variants, as
 * what is searched changes none.
 */
async function searchPlan(
  place: Place,
  variants: readonly ResolvedVariant[],
  texts: readonly (string | undefined)[],
  { request, seeds }: { readonly request: SearchRequest; readonly seeds: readonly number[] },
): Promise<SearchPlan> {
  const subjects = variants.map((resolved, i): Searchable => ({
    task: place.task,
    variant: resolved.variant,
    best: place.subject.metric.best,
    rate: Number(valueAt(resolved.config, ['optimizer', 'learningRate'])),
    cell: async (sets, share) => {
      const drafts = await draftCells(
        place,
        resolved,
        [1],
        [[...sets, ...shareSets(resolved.config, share)]],
      );
      const [cell] = await nameCells(drafts, [texts[i]]);
      if (!cell) throw new Error('grid: expected a cell of a candidate, got none');
      return cell;
    },
  }));
  await checkSearch(request, subjects);
  const cells = async (chosen: readonly (readonly string[])[]): Promise<PlannedCell[]> => {
    const found: PlannedCell[] = [];
    for (const [i, variant] of variants.entries()) {
      const drafts = await draftCells(place, variant, seeds, [chosen[i] ?? []]);
      found.push(
        ...(await nameCells(
          drafts,
          drafts.map(() => texts[i]),
        )),
      );
    }
    return found;
  };
  return { request, subjects, cells };
}

/** Runs every function of a rule once, on three tokens. */
async function rehearse({ model }: JsonObject): Promise<void> {
  const { rules } = await import('../src/rules/registry.js');
  const { signalShape, writesOf } = await import('../src/rules/inputs.js');
  const { runRule } = await import('../src/rules/run/runRule.js');
  const { traceMemory } = await import('../src/rules/run/traceMemory.js');
  const { tf } = await import('../src/core/tf.js');
  const settings: object = typeof model === 'object' && model !== null ? model : {};
  const rule = lookUp('config.model.rule', rules, String(valueAt(settings, ['rule'])));
  const params = resolveParams(rule.params, valueAt(settings, ['ruleParams']) as Params, 'ruleParams'); // checked
  tf.tidy(() => {
    const sizes = { K: 2, V: 4, writes: writesOf(rule, params) };
    const each = (size: number) => tf.ones([1, 1, 3, sizes.writes * size]);
    const signals = Object.entries(rule.signals).map(
      ([name, spec]) => [name, tf.fill(signalShape(spec, [1, 1, 3], sizes), spec.initial)] as const,
    );
    const q = tf.ones([1, 1, 3, sizes.K]);
    const xs = { q, k: each(sizes.K), v: each(sizes.V), signals: Object.fromEntries(signals) };
    for (const form of ['step', 'chunk'] as const) runRule(rule, xs, { form, chunkSize: 2, params });
    traceMemory(rule, xs, params);
  });
}

/** Whether an error is the fault of a part of the user's own, which hinders its own variants only. */
const isTheirs = (error: unknown, { choices, sets }: VariantPlan): boolean =>
  error instanceof PlugInError || (!(error instanceof ConfigError) && [...choices, ...sets].some(namesFile));

/** The variants that can be run, and a line for each of which a part, one of the user's own, fails. */
async function resolveVariants(
  subject: Subject,
  request: PlanRequest,
): Promise<{ readonly usable: readonly ResolvedVariant[]; readonly leftOut: readonly string[] }> {
  const usable: ResolvedVariant[] = [];
  const faults: { readonly variant: Variant; readonly error: unknown }[] = [];
  for (const plan of await planVariants(request)) {
    try {
      usable.push(await resolveVariant(subject, plan, request.sets ?? []));
    } catch (error) {
      if (!isTheirs(error, plan)) throw error;
      faults.push({ variant: plan.variant, error });
    }
  }
  const [first] = faults;
  if (first && usable.length === 0) throw first.error;
  return {
    usable,
    leftOut: faults.map(({ variant, error }) => `${variantText(variant)} is left out: ${reasonOf(error)}`),
  };
}

/**
 * The cells of a grid: variants x seeds x learning rates, with everything checked before the first runs: settings, the
 * text of stories, and the functions of rules from files. A part of the user's own that fails leaves out its own
 * variants only, which `notes` tells.
 *
 * @throws ConfigError for unknown names, paths and values, with suggestions, and for too few stories; DataError for text
 *   that is missing or damaged; what a part of the user's own throws when no other variant is left.
 */
export async function planGrid(request: PlanRequest): Promise<GridPlan> {
  checkRequest('planGrid', request);
  checkSets(request.sets ?? [], request);
  if (request.search && request.lrGrid)
    throw new ConfigError(
      '--lr-search: searches the rates that --lr-grid would try on every seed; leave one out',
    );
  const subject = await subjectOf(request);
  const { usable: resolved, leftOut } = await resolveVariants(subject, request);
  const usable = await withoutTwins(resolved);
  refuseAlone(request, usable);
  const { marginsOf } = await import('../eval/compare/analyse.js');
  marginsOf(request.margin);
  const { variants, notes } = await equalise(subject, usable, request.equal);
  const place = { subject, task: subject.name };
  const count = typeof request.seeds === 'number' ? request.seeds : request.seeds.maxSeeds;
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const rates = request.lrGrid?.map((rate) => [`optimizer.learningRate=${rate}`]) ?? [[]];
  const drafts: Draft[] = [];
  for (const variant of variants) drafts.push(...(await draftCells(place, variant, seeds, rates)));
  const texts = (await subject.check?.(drafts.map(({ cell }) => cell.config))) ?? [];
  const cells = await nameCells(drafts, texts);
  const textOf = (at: number): string | undefined => texts[at * seeds.length * rates.length];
  return {
    task: subject.name,
    cells,
    notes: [...leftOut, ...notes],
    ...(typeof request.seeds !== 'number' && { auto: request.seeds }),
    ...(request.margin !== undefined && { margin: request.margin }),
    ...(request.frontier !== undefined && { frontier: request.frontier }),
    ...(request.search && {
      search: await searchPlan(
        place,
        variants,
        variants.map((_, i) => textOf(i)),
        { request: request.search, seeds },
      ),
    }),
  };
}
