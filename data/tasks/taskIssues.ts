import {
  both,
  entries,
  fields,
  finite,
  flag,
  list,
  method,
  oneOf,
  optional,
  parameter,
  someText,
  test,
  text,
  type FormCheck,
  word,
} from '../../src/core/form.js';
import type { PresetPart, Recipe, SliceSpec, Task, TaskPreset } from './contract.js';

/** A check for every field of a part of the contract. */
type Checks<T> = Readonly<Record<keyof T, FormCheck>>;

const count = test((value) => Number.isSafeInteger(value) && Number(value) > 0, 'a whole number above 0');
const setting = test(
  (value) => typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)),
  'a finite number or a text',
);

const PART: Checks<PresetPart> = {
  name: someText,
  settings: optional(entries(setting)),
  samples: count,
};

const RECIPE: Checks<Recipe> = {
  layers: optional(count),
  width: optional(test((value) => [value].flat().every(Number.isSafeInteger), 'a whole number or several')),
  heads: optional(count),
  batch: optional(count),
  epochs: optional(count),
  steps: optional(count),
  learningRates: optional(list(finite, 1)),
  optimizer: optional(someText),
  weightDecay: optional(finite),
  warmup: optional(finite),
  stopAt: optional(finite),
  mlp: optional(flag),
  convolution: optional(finite),
  keySize: optional(count),
  mixer: optional(someText),
  featureMap: optional(someText),
  valueActivation: optional(flag),
  note: optional(someText),
};

const PRESET: Checks<TaskPreset> = {
  doc: text,
  settings: entries(setting),
  train: list(fields(PART), 1),
  validation: list(fields(PART), 1),
  test: list(fields(PART), 1),
  recipe: optional(fields(RECIPE)),
  source: optional(someText),
};

const SLICE: Checks<SliceSpec> = { doc: text, by: oneOf(['value', 'octave']) };

const FIELDS: Checks<Task> = {
  name: word,
  title: someText,
  asks: text,
  source: text,
  settings: entries(parameter({ real: optional(flag), source: optional(someText) })),
  slices: entries(fields(SLICE)),
  presets: fields({
    smoke: fields(PRESET),
    small: optional(fields(PRESET)),
    frontier: optional(fields(PRESET)),
    paper: optional(fields(PRESET)),
  } satisfies Checks<Task['presets']>),
  suites: optional(list(word)),
  check: method,
  open: method,
};

/** Settings of presets that are none of the task's, which would be told only when somebody runs the preset. */
const presetIssues: FormCheck = (value, path) => {
  const { presets, settings } = value as Task; // by the check before
  const known = Object.keys(settings);
  return Object.entries(presets).flatMap(([name, preset]) => {
    const parts = [...preset.train, ...preset.validation, ...preset.test];
    const given = [preset.settings, ...parts.map((part) => part.settings ?? {})].flatMap(Object.keys);
    return [...new Set(given)]
      .filter((each) => !known.includes(each))
      .map((unknown) => {
        const expected = known.length > 0 ? `settings ${known.join(' | ')}` : 'no settings';
        return `${path}.presets.${name}: expected ${expected}, got '${unknown}'`;
      });
  });
};

/**
 * Everything that is wrong with an object as a task, each with the field it is in; none when it keeps the contract's
 * form. What its functions do is for `checkTask`.
 */
export function taskIssues(task: unknown): readonly string[] {
  return both(fields(FIELDS), presetIssues)(task, 'task');
}
