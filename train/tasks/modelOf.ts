import type { TaskShape } from '../../data/index.js';
import type { TaskModelConfig } from '../../src/model/taskModelConfig.js';
import type { TaskRunConfig } from './schema.js';

/** The model of a training: what it reads and answers comes from the task. */
export function taskModelConfigOf({ model }: TaskRunConfig, { inputs, outputs }: TaskShape): TaskModelConfig {
  return {
    ...model,
    inputs,
    outputs: outputs.kind === 'classes' ? { kind: 'classes', classes: outputs.classes } : { kind: 'real' },
  };
}
