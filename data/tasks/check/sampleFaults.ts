import { shown } from '../../../src/core/text.js';
import type { TaskSample } from '../contract.js';
import type { TaskSource } from '../openTask.js';

/** What is wrong: expected, and got instead. */
export type Fault = readonly [expected: string, got: string];

function inputFault({ shape }: TaskSource, { inputs }: TaskSample): Fault | undefined {
  const T = shape.sequenceLength;
  const isTokens = shape.inputs.kind === 'tokens';
  const size = shape.inputs.kind === 'tokens' ? T : T * shape.inputs.width;
  const type = isTokens ? Int32Array : Float32Array;
  if (!(inputs instanceof type)) return [`inputs in a ${type.name}`, shown(inputs)];
  if (inputs.length !== size) return [`${size} inputs`, String(inputs.length)];
  if (shape.inputs.kind === 'real') {
    const bad = inputs.find((x) => !Number.isFinite(x));
    return bad === undefined ? undefined : ['finite inputs', String(bad)];
  }
  const { vocabulary } = shape.inputs;
  const at = inputs.findIndex((id) => id < 0 || id >= vocabulary);
  return at < 0 ? undefined : [`tokens from 0 to ${vocabulary - 1}`, `${inputs[at]} at ${at}`];
}

function positionFault({ shape }: TaskSource, { positions, targets }: TaskSample): Fault | undefined {
  const T = shape.sequenceLength;
  if (positions.length < 1 || positions.length > shape.scored) {
    return [`1 to ${shape.scored} positions, as shape.scored says`, String(positions.length)];
  }
  const off = positions.findIndex((t, s) => t < 0 || t >= T || (s > 0 && t <= (positions[s - 1] ?? T)));
  if (off >= 0) return [`positions that rise from 0 to ${T - 1}`, `[${positions.join(', ')}]`];
  if (targets.length === positions.length) return undefined;
  return [`a target for each of ${positions.length} positions`, String(targets.length)];
}

function targetFault({ shape }: TaskSource, { targets, accepted }: TaskSample): Fault | undefined {
  if (shape.outputs.kind === 'real') {
    const bad = targets.find((y) => !Number.isFinite(y));
    return bad === undefined ? undefined : ['finite targets', String(bad)];
  }
  const candidates = new Set(shape.outputs.candidates);
  const stray = Array.from(targets).find((target) => !candidates.has(target));
  if (stray !== undefined) return ['targets that are among the candidates', String(stray)];
  for (const [s, classes] of (accepted ?? []).entries()) {
    if (!classes.includes(targets[s] ?? NaN))
      return [`target ${targets[s]} to be accepted`, `[${classes.join(', ')}]`];
    const other = classes.find((c) => !candidates.has(c));
    if (other !== undefined) return ['accepted classes that are among the candidates', String(other)];
  }
  return undefined;
}

function sliceFault({ task }: TaskSource, { slices, positions }: TaskSample): Fault | undefined {
  const [wanted, given] = [Object.keys(task.slices).sort(), Object.keys(slices).sort()];
  if (wanted.join() !== given.join())
    return [`slices ${wanted.join(', ') || 'none'}`, given.join(', ') || 'none'];
  const off = Object.entries(slices).find(([, values]) => values.length !== positions.length);
  return off && [`${positions.length} values of slice ${off[0]}, one a position`, String(off[1].length)];
}

/** The first thing that is wrong with the form of a sample. */
export function sampleFault(source: TaskSource, sample: TaskSample): Fault | undefined {
  return (
    inputFault(source, sample) ??
    positionFault(source, sample) ??
    targetFault(source, sample) ??
    sliceFault(source, sample)
  );
}

/** The first thing that is wrong with the sizes of a task. */
export function shapeFault({ shape, metrics }: TaskSource): Fault | undefined {
  const { sequenceLength: T, scored, inputs, outputs } = shape;
  if (!Number.isSafeInteger(T) || T < 1) return ['a sequenceLength of at least 1', shown(T)];
  if (!(scored >= 1 && scored <= T)) return [`scored from 1 to the ${T} positions`, shown(scored)];
  if (metrics.length < 1) return ['at least one metric', 'none'];
  if (outputs.kind === 'real') return undefined;
  if (inputs.kind === 'tokens' && outputs.classes !== inputs.vocabulary) {
    return [`as many classes as tokens, ${inputs.vocabulary}`, String(outputs.classes)];
  }
  const { candidates, classes } = outputs;
  const off = candidates.findIndex(
    (c, i) => c < 0 || c >= classes || (i > 0 && c <= (candidates[i - 1] ?? c)),
  );
  if (off < 0 && candidates.length > 0) return undefined;
  return [`candidates that rise from 0 to ${classes - 1}`, `[${candidates.slice(0, 8).join(', ')}]`];
}
