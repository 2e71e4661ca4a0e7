import { oneOf, throwFaults, wholeFrom } from '../layers/faults.js';
import { headOptionsOf } from '../layers/functions/headOptions.js';
import { HEAD_OPTION_DEFAULTS } from '../layers/headDefaults.js';
import { type ModelConfig, modelConfigFaults } from './config.js';

/** What a task model reads at each place: a token, or a vector of `width` numbers. */
export type TaskInputs =
  | { readonly kind: 'tokens'; readonly vocabulary: number }
  | { readonly kind: 'real'; readonly width: number };

/** What it answers: one of so many classes, or a number. */
export type TaskOutputs = { readonly kind: 'classes'; readonly classes: number } | { readonly kind: 'real' };

/**
 * `block`: the blocks of a language model and its final norm. `bare`: heads in a residual and nothing else, so that
 * all is linear but the rule; without convolution, output gate, MLP and softmax.
 */
export type TaskModelForm = 'block' | 'bare';

/** Everything that decides a task model's weights and arithmetic. */
export interface TaskModelConfig extends Omit<ModelConfig, 'vocabularySize'> {
  readonly form: TaskModelForm;
  readonly inputs: TaskInputs;
  readonly outputs: TaskOutputs;
}

function inputFaults(inputs: TaskInputs, where: string): string[] {
  return inputs.kind === 'tokens'
    ? wholeFrom(2)(inputs.vocabulary, `${where}.inputs.vocabulary`)
    : wholeFrom(1)(inputs.width, `${where}.inputs.width`);
}

function outputFaults(outputs: TaskOutputs, where: string): string[] {
  return outputs.kind === 'classes' ? wholeFrom(2)(outputs.classes, `${where}.outputs.classes`) : [];
}

/** What a bare model has none of, and the value that says so. */
const WITHOUT = {
  mlpWidth: 0,
  convolution: 0,
  outputGate: false,
  head: 'conditioning',
  ...HEAD_OPTION_DEFAULTS,
} as const;

function bareFaults(config: TaskModelConfig, where: string): string[] {
  if (config.form !== 'bare') return [];
  const given = { ...config, ...headOptionsOf(config) };
  return Object.entries(WITHOUT)
    .map(([name, value]) => ({ name, value, got: given[name as keyof typeof WITHOUT] })) // keys of that object
    .filter(({ value, got }) => got !== value)
    .map(
      ({ name, value, got }) =>
        `${where}.${name}: expected ${JSON.stringify(value)} with form bare, got ${JSON.stringify(got)}; set it, or form to block`,
    );
}

/** Every fault of a task model's config, each with its path; none when it is right. */
export function taskModelFaults(config: TaskModelConfig, where = 'model'): string[] {
  const { form, inputs, outputs, ...rest } = config;
  // The vocabulary stands in for the ends of the model, which are checked by themselves.
  const faults = [
    ...modelConfigFaults({ ...rest, vocabularySize: 2 }, where),
    ...oneOf(['block', 'bare'])(form, `${where}.form`),
    ...inputFaults(inputs, where),
    ...outputFaults(outputs, where),
  ];
  return faults.length > 0 ? faults : bareFaults(config, where);
}

/**
 * Checks a task model's config.
 *
 * @throws ConfigError with every fault and its path, one a line.
 */
export function checkTaskModelConfig(config: TaskModelConfig, where = 'model'): void {
  throwFaults(taskModelFaults(config, where));
}
