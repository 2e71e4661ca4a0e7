import { RuleError, ShapeError } from '../src/core/errors.js';
import { sameShape } from '../src/core/shapes.js';
import { tf, type Tensor } from '../src/core/tf.js';
import type { LearningRule, TokenInput } from '../src/rules/contract.js';
import { isMemoryFault } from './foreignErrors.js';
import { ruleError } from './ruleFault.js';

/** Frames of a stack: tfjs alone may take the ten that are usual. */
const FRAMES = 100;

type Shapes = Readonly<Record<string, readonly number[]>>;

const isTensor = (value: unknown): value is Tensor => value instanceof tf.Tensor;

function shapeText(value: unknown): string {
  if (isTensor(value)) return `[${value.shape.join(',')}]`;
  return value === undefined ? 'nothing' : 'no tensor';
}

/** Refuses a result that has not tensors of these shapes in its fields. */
function checkFields(what: string, result: unknown, shapes: Shapes): void {
  const given: Readonly<Record<string, unknown>> =
    typeof result === 'object' && result !== null ? { ...result } : {};
  for (const [name, shape] of Object.entries(shapes)) {
    const value = given[name];
    if (isTensor(value) && sameShape(value.shape, shape)) continue;
    throw new ShapeError(`expected ${what}.${name} of shape [${shape.join(',')}], got ${shapeText(value)}`);
  }
}

/** Of a state that is given or, where there is none, of the memories that tokens are written to. */
function stateShapes(
  state: Readonly<Record<string, { readonly shape: number[] }>> | undefined,
  x: TokenInput,
) {
  if (state) return Object.fromEntries(Object.entries(state).map(([name, { shape }]) => [name, shape]));
  const [B = 0, H = 0] = x.k.shape;
  return { S: [B, H, x.v.shape.at(-1) ?? 0, x.k.shape.at(-1) ?? 0] };
}

/** Of what is read: that of the queries, with the size of a value. */
const outputShape = ({ q, v }: TokenInput): readonly number[] => [
  ...q.shape.slice(0, -1),
  v.shape.at(-1) ?? 0,
];

/**
 * A rule from a file whose faults are told as the file's own: an error that it throws, with its place in the file, and
 * a result that is missing or of another shape than the contract says.
 *
 * @param path as the user gave it.
 */
export function guardRule(rule: LearningRule, path: string): LearningRule {
  Error.stackTraceLimit = FRAMES;
  const guarded =
    <A extends readonly unknown[], R>(
      what: string,
      run: (...args: A) => R,
      check: (result: R, ...args: A) => void,
    ): ((...args: A) => R) =>
    (...args) => {
      try {
        const result = run(...args);
        check(result, ...args);
        return result;
      } catch (error) {
        if (error instanceof RuleError || isMemoryFault(error)) throw error;
        throw ruleError(path, what, error);
      }
    };
  const { stability } = rule;
  const chunk = rule.chunk?.bind(rule);
  return {
    ...rule,
    initState: guarded(
      'initState',
      (...args) => rule.initState(...args),
      (state, { B, H, K, V }) => checkFields('initState()', state, { S: [B, H, V, K] }),
    ),
    step: guarded(
      'step',
      (...args) => rule.step(...args),
      (result, state, x) => {
        checkFields('step()', result, { output: outputShape(x) });
        checkFields('step().state', result.state, stateShapes(state, x));
      },
    ),
    ...(chunk && {
      chunk: guarded('chunk', chunk, (result, state, xs) => {
        checkFields('chunk()', result, { outputs: outputShape(xs) });
        checkFields('chunk().state', result.state, stateShapes(state, xs));
      }),
    }),
    ...(stability && {
      stability: {
        ...stability,
        measure: guarded('measure', stability.measure.bind(stability), (measure, { k }) =>
          checkFields('stability', { measure }, { measure: k.shape.slice(0, 2) }),
        ),
      },
    }),
  };
}
