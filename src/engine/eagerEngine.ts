import { tf, type Tensor, type Variable } from '../core/tf.js';
import { withCheckedAssignments } from './assignments.js';
import { checkCompileOptions, nameOf } from './compileOptions.js';
import type { CompiledFunction, CompileOptions, Engine, TensorTree } from './engine.js';
import { isFiniteTree } from './finite.js';
import { loadBackend, onSelectedBackend, withBackend } from './backends.js';

/** Gives each variable its value on the selected backend. */
function bringHere(variables: readonly Variable[]): void {
  for (const variable of variables) {
    tf.tidy(() => {
      const value = onSelectedBackend<Tensor>(variable);
      if (value !== variable) variable.assign(value);
    });
  }
}

/** A result, and whether its assignments were kept. */
interface Called<Out> {
  readonly result: Out;
  readonly kept: boolean;
}

/** Runs a function and undoes its assignments when they are not to be kept. */
function runOnce<Out extends TensorTree>(
  body: () => Out,
  name: string,
  options: CompileOptions,
): Called<Out> {
  const { variables = [], commit = 'always' } = options;
  const fn = (): Out => withCheckedAssignments(variables, name, body);
  if (commit === 'always') return { result: tf.tidy(() => fn() as Out & tf.TensorContainer), kept: true };
  const before = variables.map((variable) => tf.clone(variable));
  let kept = false;
  try {
    // The cast: every TensorTree is a tfjs TensorContainer, which TypeScript cannot see through the generic.
    const result = tf.tidy(() => fn() as Out & tf.TensorContainer) as Out;
    kept = isFiniteTree(result);
    return { result, kept };
  } finally {
    if (!kept) variables.forEach((variable, i) => variable.assign(before[i] ?? variable));
    tf.dispose(before);
  }
}

/**
 * The engine that runs functions as they are, op by op, on a tfjs backend. The reference in tests.
 *
 * @throws ConfigError for an unknown backend, EngineError for one that does not start.
 */
export async function createEagerEngine(backend = 'cpu'): Promise<Engine> {
  await loadBackend(backend);
  const compile = <In extends readonly Tensor[], Out extends TensorTree>(
    fn: (...inputs: In) => Out,
    options: CompileOptions = {},
  ): CompiledFunction<In, Out> => {
    checkCompileOptions('compile', options);
    const call = (inputs: In): Called<Out> =>
      withBackend(backend, () => {
        bringHere(options.variables ?? []);
        // The cast: each input is itself or a copy.
        const body = (): Out => fn(...(inputs.map(onSelectedBackend) as unknown as In));
        return runOnce(body, nameOf(fn, options), options);
      });
    const inSequence = async (calls: readonly In[]): Promise<Out[]> => {
      const results: Out[] = [];
      for (const inputs of calls) {
        const { result, kept } = call(inputs);
        results.push(result);
        if (!kept) break;
      }
      return results;
    };
    const run = async (...inputs: In): Promise<Out> => call(inputs).result;
    return Object.assign(run, { inSequence, dispose: async () => undefined });
  };
  return {
    name: 'eager',
    device: backend,
    callsTogether: 1,
    compile,
    pull: async () => undefined,
    compileSeconds: 0,
    dispose: async () => undefined,
  };
}
