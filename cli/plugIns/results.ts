import type { TaskDraw, TaskSample } from '../../data/index.js';
import type { ProbeReport } from '../../eval/index.js';
import { ShapeError } from '../../src/core/errors.js';
import { sameShape } from '../../src/core/shapes.js';
import { shown } from '../../src/core/text.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { DecayGate, GatePlace } from '../../src/gates/contract.js';
import type { MixerState } from '../../src/mixers/contract.js';
import type { Optimizer, UpdateInput, UpdateResult } from '../../src/optim/contract.js';
import type { RuleDims, RuleState, SequenceInput, TokenInput } from '../../src/rules/contract.js';
import type { ResultChecks } from './guard.js';

type Shapes = Readonly<Record<string, readonly number[]>>;
type Tensors = Readonly<Record<string, { readonly shape: number[] }>>;

const isTensor = (value: unknown): value is Tensor => value instanceof tf.Tensor;

function shapeText(value: unknown): string {
  if (isTensor(value)) return `[${value.shape.join(',')}]`;
  return value === undefined ? 'nothing' : 'no tensor';
}

function checkTensor(what: string, value: unknown, shape: readonly number[]): void {
  if (isTensor(value) && sameShape(value.shape, shape)) return;
  throw new ShapeError(`expected ${what} of shape [${shape.join(',')}], got ${shapeText(value)}`);
}

/** Refuses a result that has not tensors of these shapes in its fields. */
function checkFields(what: string, result: unknown, shapes: Shapes): void {
  const given: Readonly<Record<string, unknown>> =
    typeof result === 'object' && result !== null ? { ...result } : {};
  for (const [name, shape] of Object.entries(shapes)) checkTensor(`${what}.${name}`, given[name], shape);
}

function shapesOf(tensors: Tensors): Shapes {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
}

/** Of a state that is given or, where there is none, of the memories that tokens are written to. */
function stateShapes(state: Tensors | undefined, x: TokenInput): Shapes {
  if (state) return shapesOf(state);
  const [B = 0, H = 0] = x.k.shape;
  return { S: [B, H, x.v.shape.at(-1) ?? 0, x.k.shape.at(-1) ?? 0] };
}

/** Of what is read: that of the queries, with the size of a value. */
const outputShape = ({ q, v }: TokenInput): readonly number[] => [
  ...q.shape.slice(0, -1),
  v.shape.at(-1) ?? 0,
];

interface SomeResult {
  readonly state?: unknown;
}

export const ruleResults: ResultChecks = {
  initState: (state: unknown, { B, H, K, V }: RuleDims) =>
    checkFields('initState()', state, { S: [B, H, V, K] }),
  step: (result: SomeResult | undefined, state: RuleState, x: TokenInput) => {
    checkFields('step()', result, { output: outputShape(x) });
    checkFields('step().state', result?.state, stateShapes(state, x));
  },
  chunk: (result: SomeResult | undefined, state: RuleState | undefined, xs: SequenceInput) => {
    checkFields('chunk()', result, { outputs: outputShape(xs) });
    checkFields('chunk().state', result?.state, stateShapes(state, xs));
  },
  'stability.measure': (measure: unknown, { k }: TokenInput) =>
    checkTensor('stability.measure()', measure, k.shape.slice(0, 2)),
};

type GateInput = Parameters<DecayGate['logDecay']>[0];

export const gateResults: ResultChecks = {
  columns: (columns: unknown, { K }: GatePlace) => {
    if ([0, 1, K].includes(columns as number)) return; // of any type
    throw new ShapeError(`expected columns() of 0, 1 or K = ${K}, got ${shown(columns)}`);
  },
  logDecay: (logDecay: unknown, { B, T }: GateInput, _weights: unknown, { H, K }: GatePlace) => {
    if (logDecay === undefined) return;
    const fits =
      isTensor(logDecay) &&
      [1, B].some((rows) => [[], [K]].some((end) => sameShape(logDecay.shape, [rows, H, T, ...end])));
    if (fits) return;
    throw new ShapeError(
      `expected logDecay() of shape [${B},${H},${T}] or [${B},${H},${T},${K}] (or 1 row for all), got ${shapeText(logDecay)}`,
    );
  },
};

export const optimizerResults: ResultChecks = {
  slots: (slots: unknown) => {
    if (Array.isArray(slots) && slots.every((name) => typeof name === 'string')) return;
    throw new ShapeError(`expected slots() to give a list of names, got ${shown(slots)}`);
  },
  update: (result: Partial<UpdateResult> | undefined, { weight, slots }: UpdateInput) => {
    checkFields('update()', result, { weight: weight.shape });
    checkFields('update().slots', result?.slots, shapesOf(slots));
  },
} satisfies Partial<Record<keyof Optimizer, unknown>>;

export const featureMapResults: ResultChecks = {
  map: (mapped: unknown, x: Tensor) => checkTensor('map()', mapped, x.shape),
};

export const mixerResults: ResultChecks = {
  'plan().initState': (state: unknown) => {
    const fields: readonly (readonly [string, unknown])[] =
      typeof state === 'object' && state !== null ? Object.entries(state) : [['state', state]];
    const wrong = fields.find(([, value]) => !isTensor(value));
    if (!wrong) return;
    throw new ShapeError(`expected tensors from plan().initState(), got ${wrong[0]}: ${shown(wrong[1])}`);
  },
  'plan().forward': (output: unknown, _weights: unknown, x: Tensor) =>
    checkTensor('plan().forward()', output, x.shape),
  'plan().next': (result: SomeResult | undefined, _weights: unknown, x: Tensor, state: MixerState) => {
    checkFields('plan().next()', result, { output: x.shape });
    checkFields('plan().next().state', result?.state, shapesOf(state));
    const extra = Object.keys(result?.state ?? {}).find((name) => !(name in state));
    if (extra === undefined) return;
    throw new ShapeError(
      `expected plan().next().state of ${Object.keys(state).join(', ') || 'no fields'}, as initState gives it, got '${extra}' too`,
    );
  },
};

export const taskResults: ResultChecks = {
  open: (opened: Partial<TaskDraw> | undefined) => {
    for (const name of ['shape', 'metrics', 'draw', 'solve'] as const) {
      if (opened?.[name] !== undefined) continue;
      throw new ShapeError(`expected open() to give shape, metrics, draw and solve, got no ${name}`);
    }
  },
  'open().draw': (sample: Partial<TaskSample> | undefined) => {
    for (const name of ['inputs', 'positions', 'targets', 'slices'] as const) {
      if (sample?.[name] !== undefined) continue;
      throw new ShapeError(`expected a sample with inputs, positions, targets and slices, got no ${name}`);
    }
  },
};

export const probeResults: ResultChecks = {
  run: (report: Partial<ProbeReport> | undefined) => {
    if (Array.isArray(report?.results)) return;
    throw new ShapeError(`expected run() to give results, a list, got ${shown(report?.results)}`);
  },
};
