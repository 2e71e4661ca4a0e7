import type { Params } from '../../../src/core/params.js';
import type { RightAnswer, Task, TaskSample, TaskSplit } from '../contract.js';
import { openTask, type TaskSource } from '../openTask.js';

const SPLITS: readonly TaskSplit[] = ['train', 'validation', 'test'];

/** A task to be checked, opened as its smoke preset has it unless said otherwise. */
export class TaskSubject {
  constructor(readonly task: Task) {}

  open(seed = 1, settings: Params = this.task.presets.smoke.settings): TaskSource {
    return openTask(this.task, settings, seed, 'settings');
  }

  /** The settings of every part of every preset, with where they stand. */
  *parts(): Generator<{ readonly where: string; readonly settings: Params }> {
    for (const [name, preset] of Object.entries(this.task.presets)) {
      for (const kind of SPLITS) {
        for (const [i, part] of preset[kind].entries()) {
          const settings = { ...preset.settings, ...part.settings };
          yield { where: `preset ${name}, ${kind} part ${i}`, settings };
        }
      }
    }
  }

  /** The first samples of each split, with where they stand. */
  *samples(source: TaskSource, count: number): Generator<{ where: string; sample: TaskSample }> {
    for (const split of SPLITS) {
      for (let i = 0; i < count; i++) {
        yield { where: `${split} sample ${i}`, sample: source.sample(split, i) };
      }
    }
  }
}

/** What is right at each position of a sample. */
export function rightAnswers({ shape }: TaskSource, { targets, accepted }: TaskSample): RightAnswer[] {
  return Array.from(targets, (target, s) => ({
    target,
    accepted: shape.outputs.kind === 'real' ? new Int32Array() : (accepted?.[s] ?? Int32Array.of(target)),
  }));
}

/** A prediction that is even over these classes, or one number. */
export function evenOver({ shape }: TaskSource, classes: ArrayLike<number>, value: number): Float32Array {
  if (shape.outputs.kind === 'real') return Float32Array.of(value);
  const prediction = new Float32Array(shape.outputs.classes).fill(-Infinity);
  for (const c of Array.from(classes)) prediction[c] = 0;
  return prediction;
}
