import { z } from 'zod';
import { ConfigError, PavlovError } from '../core/errors.js';
import { type Params, type ParamSpec, resolveParams } from '../core/params.js';
import { count, type Issue, issuesOf, issueLines, parsed, throwIssues } from '../core/schema.js';
import { gates } from '../gates/registry.js';
import { layerSettings } from '../layers/block.js';
import type { Mixer, WithChoices } from '../mixers/contract.js';
import { checkMemory } from '../mixers/memory.js';
import { DEFAULT_MIXER, mixerName, mixers, ownOptionIssues, withOwnOptions } from '../mixers/registry.js';
import { rules } from '../rules/registry.js';

/** The settings of a model but for what its data decides. */
export const modelSettings = z.strictObject({
  width: count.describe('model width D'),
  layers: count.max(1000).describe('number of layers'),
  ...layerSettings,
  mixer: z
    .union([mixerName, z.array(mixerName).min(1)])
    .default(DEFAULT_MIXER)
    .describe('how tokens are mixed: one name for all layers, or one per layer'),
});

const size = z.int().min(2);

/** Everything that decides the parameters and arithmetic of a model. Saved in every checkpoint. */
const modelSchema = modelSettings.extend({
  vocabularySize: size
    .optional()
    .describe('number of token ids, of a model that reads tokens and predicts the next'),
  inputs: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('tokens'), vocabularySize: size }),
      z.strictObject({ kind: z.literal('real'), width: count }),
    ])
    .optional()
    .describe('what it reads at each position: a token, or a vector of numbers'),
  outputs: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('classes'), classes: size }),
      z.strictObject({ kind: z.literal('real') }),
    ])
    .optional()
    .describe('what it answers: one of so many classes, or a number'),
});

/** The config of a model with every default filled in. */
export type ModelConfig = Readonly<z.output<typeof modelSchema>>;

/** The config of a model; what has a default may be left out. */
export type ModelOptions = WithChoices<Readonly<z.input<typeof modelSchema>>>;

/** What a model reads and answers. */
export interface ModelEnds {
  readonly inputs: NonNullable<ModelConfig['inputs']>;
  readonly outputs: NonNullable<ModelConfig['outputs']>;
}

/**
 * What the model of a config reads and answers.
 *
 * @throws ConfigError where the config names neither a vocabulary nor both ends.
 */
export function endsOf({ vocabularySize, inputs, outputs }: ModelConfig): ModelEnds {
  if (vocabularySize !== undefined && !inputs && !outputs) {
    return {
      inputs: { kind: 'tokens', vocabularySize },
      outputs: { kind: 'classes', classes: vocabularySize },
    };
  }
  if (vocabularySize === undefined && inputs && outputs) return { inputs, outputs };
  throw new ConfigError('model: expected either vocabularySize or inputs and outputs');
}

type Settings = Readonly<z.output<typeof modelSettings>>;

/** The name of the mixer of each layer. */
export function mixerNames({ mixer, layers }: Pick<Settings, 'mixer' | 'layers'>): readonly string[] {
  return typeof mixer === 'string' ? Array<string>(layers).fill(mixer) : mixer;
}

/** The mixers of the layers, each once; those that are not known are left out. */
function mixersOf(config: Pick<Settings, 'mixer' | 'layers'>): Mixer[] {
  return [...new Set(mixerNames(config))].flatMap((name) => mixers[name] ?? []);
}

/** Parameters, as of a rule, with defaults filled in, or what is wrong with them. */
export function resolvedIn(
  field: string,
  specs: Readonly<Record<string, ParamSpec>>,
  given: Params,
): { readonly params: Record<string, number | string>; readonly issues: Issue[] } {
  const issues = Object.entries(given).flatMap(([name, value]) => {
    const [message] = messagesOf(() => resolveParams(specs, { [name]: value }, ''));
    if (message === undefined) return [];
    const [, parameter = '', text = message] = /^(?:\.(\w+))?: (.*)$/s.exec(message) ?? [];
    return [{ path: [field, ...(parameter ? [parameter] : [])], message: text }];
  });
  return { params: { ...(issues.length > 0 ? given : resolveParams(specs, given, '')) }, issues };
}

/** The message of an error of ours that `run` throws, as a list. */
function messagesOf(run: () => unknown): string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof PavlovError) return [error.message];
    throw error;
  }
}

function mixerIssues(config: Settings): Issue[] {
  const { mixer, layers, mlpWidth } = config;
  if (typeof mixer !== 'string' && mixer.length !== layers) {
    const message = `expected one name or ${layers}, one per layer, got ${mixer.length}`;
    return [{ path: ['mixer'], message }];
  }
  const found = mixersOf(config);
  const place = { layer: 0, layers, outputScale: 1 };
  const own = ownOptionIssues(found, config.mixerOptions);
  if (own.length > 0) return own;
  const issues = found.flatMap((each) => each.issues(withOwnOptions(each, { ...config, ...place })));
  if (mlpWidth === 0 || found.some(({ inBlock }) => inBlock)) return unique(issues);
  const message = `expected 0 with mixer ${found.map(({ name }) => name).join(', ')}, which stands in no block, got ${mlpWidth}; set it to 0 or choose another mixer`;
  return [...unique(issues), { path: ['mlpWidth'], message }];
}

function unique(issues: readonly Issue[]): Issue[] {
  const texts = issues.map(({ message }) => message);
  return issues.filter(({ message }, i) => texts.indexOf(message) === i);
}

/** Parameters of rule and gate that do not go together. They are those of every model, whatever its mixer. */
function memoryIssues(config: Settings): Issue[] {
  const place = { layer: 0, layers: config.layers, outputScale: 1 };
  const [message] = messagesOf(() => {
    checkMemory({ ...config, ...place, heads: 1 }, '');
  });
  if (message === undefined) return [];
  const [, path = '', text = message] = /^\.([\w.]+): (.*)$/s.exec(message) ?? [];
  return [{ path: path === '' ? [] : path.split('.'), message: text }];
}

/** The settings of a model that each of its layers has too. */
export function blockSettings(config: Settings) {
  const names = Object.keys(layerSettings) as (keyof typeof layerSettings)[]; // its own keys
  // The cast: an entry of each name.
  return Object.fromEntries(names.map((name) => [name, config[name]])) as Pick<
    Settings,
    keyof typeof layerSettings
  >;
}

/**
 * A config whose fields are right each by itself, with the parameters of rule and gate filled in, and every issue that
 * lies between fields.
 */
export function checkBetween<Config extends Settings>(
  config: Config,
): { readonly config: Config; readonly issues: readonly Issue[] } {
  const rule = resolvedIn('ruleParams', rules[config.rule]?.params ?? {}, config.ruleParams);
  const gate = resolvedIn('gateParams', gates[config.gate]?.params ?? {}, config.gateParams);
  const issues = [...rule.issues, ...gate.issues, ...mixerIssues(config)];
  return {
    config: { ...config, ruleParams: rule.params, gateParams: gate.params },
    issues: issues.length > 0 ? issues : memoryIssues(config),
  };
}

/** Every issue of a model's config as a line with its path; none when it is right. Never throws. */
export function modelIssues(value: unknown, where = 'model'): string[] {
  const result = modelSchema.safeParse(value);
  if (!result.success) return issueLines(where, issuesOf(modelSchema, result.error, value));
  const lines = issueLines(where, checkBetween(result.data).issues);
  return [...lines, ...messagesOf(() => endsOf(result.data))];
}

/**
 * A config of a model with every default filled in.
 *
 * @throws ConfigError with every issue and its path, one a line.
 */
export function checkModelConfig(options: ModelOptions, where = 'model'): ModelConfig {
  const config = parsed(modelSchema, options, where);
  throwIssues(where, checkBetween(config).issues);
  endsOf(config);
  return config;
}
