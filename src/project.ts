import { list, made, optionsCheck } from './core/options.js';
import type { Task } from '../data/tasks/contract.js';
import type { Probe } from '../eval/contract.js';
import type { Preset } from '../train/config/presets.js';
import type { DecayGate } from './gates/contract.js';
import type { FeatureMap } from './mixers/featureMaps/contract.js';
import type { Mixer } from './mixers/contract.js';
import type { Optimizer } from './optim/contract.js';
import type { LearningRule } from './rules/contract.js';

/** What a project adds to every verb that is run in its folders. */
export interface Project {
  readonly rules?: readonly LearningRule[];
  readonly gates?: readonly DecayGate[];
  readonly mixers?: readonly Mixer[];
  readonly featureMaps?: readonly FeatureMap[];
  readonly optimizers?: readonly Optimizer[];
  readonly tasks?: readonly Task[];
  readonly probes?: readonly Probe[];
  /** By the name that `--preset` takes, each over the defaults of a run on text. */
  readonly presets?: Readonly<Record<string, Preset>>;
}

const checkProject = optionsCheck<Project>({
  rules: list<readonly LearningRule[]>().optional(),
  gates: list<readonly DecayGate[]>().optional(),
  mixers: list<readonly Mixer[]>().optional(),
  featureMaps: list<readonly FeatureMap[]>().optional(),
  optimizers: list<readonly Optimizer[]>().optional(),
  tasks: list<readonly Task[]>().optional(),
  probes: list<readonly Probe[]>().optional(),
  presets: made<Readonly<Record<string, Preset>>>('presets by name').optional(),
});

/** The project of a `pavlov.config.ts`, as it is given: `export default defineConfig({ ... })`, which an editor completes. */
export function defineConfig(project: Project): Project {
  return checkProject('defineConfig', project);
}
