import { required } from '../../src/core/required.js';
import { sizeOf } from '../../src/core/shapes.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { type DecodeState, initDecodeState } from '../../src/model/decode.js';
import type { Model } from '../../src/model/model.js';

/** A field of a layer's state, as it stands in an exported state. */
interface StateField {
  /** Of the decoder's state, such as `layers.0.rule.S`. */
  readonly name: string;
  /** Outside. */
  readonly shape: readonly number[];
  /** Whether it has tokens before channels, `[1,n,E]`, where other programs have the inputs of a convolution as `[1,E,n]`. */
  readonly isTurned: boolean;
  /** What it is before the first token, where that is not zero. */
  readonly start?: Float32Array;
}

/**
 * A state of an exported graph: one field in its own shape, or several one after the other as `[1,N]`. Outside, every
 * state begins as zeros: what a field begins with is taken off it.
 */
export interface ExportedState {
  /** Such as `recurrent.0`: the graph reads `past_recurrent.0` and gives `present_recurrent.0`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly fields: readonly StateField[];
}

/** Whether the fields of a layer beside its convolution are states of their own, or one together. */
export type StateLayout = 'apart' | 'together';

/** What the fields that every memory has are called outside; others keep their names. */
const OUTSIDE: Readonly<Record<string, string>> = { convolution: 'conv', 'rule.S': 'recurrent' };

/** Default of the tokens that a mixer which keeps tokens holds. */
export const CACHE_LENGTH = 1024;

const CONVOLUTION = 'convolution';

/** `layers.0.rule.S` as the index of the layer and `rule.S`. */
function parts(name: string): { readonly layer: string; readonly field: string } {
  const [, layer = '', field = ''] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
  return { layer, field };
}

function ownState(field: StateField): ExportedState {
  const { layer, field: name } = parts(field.name);
  const outside = OUTSIDE[name] ?? name.replace(/^rule\./, '').replaceAll('.', '_');
  return { name: `${outside}.${layer}`, shape: field.shape, fields: [field] };
}

/** The fields of the decoder's state. */
function stateFields(model: Model, cacheLength: number): StateField[] {
  const state = initDecodeState(model, 1, { cacheLength });
  const fields = Object.entries(state).map(([name, tensor]): StateField => {
    const start = Float32Array.from(tensor.dataSync());
    const isTurned = parts(name).field === CONVOLUTION;
    const [rows = 0, n = 0, E = 0] = tensor.shape;
    const field = { name, shape: isTurned ? [rows, E, n] : [...tensor.shape], isTurned };
    return start.some((x) => x !== 0) ? { ...field, start } : field;
  });
  tf.dispose({ ...state });
  return fields;
}

/** The states of a graph, in the order of the layers. Together, a layer has `conv` and `recurrent` at most. */
export function exportedStates(model: Model, layout: StateLayout, cacheLength: number): ExportedState[] {
  const start = stateFields(model, cacheLength);
  if (layout === 'apart') return start.map(ownState);
  const states: ExportedState[] = [];
  for (const layer of model.layers.keys()) {
    const own = start.filter(({ name }) => parts(name).layer === String(layer));
    const convolution = own.filter(({ name }) => parts(name).field === CONVOLUTION);
    const rest = own.filter(({ name }) => parts(name).field !== CONVOLUTION);
    states.push(...convolution.map(ownState));
    const shape = rest[0]?.shape ?? [];
    const size = rest.reduce((sum, field) => sum + sizeOf(field.shape), 0);
    if (rest.length > 0) {
      states.push({
        name: `recurrent.${layer}`,
        shape: rest.length === 1 ? shape : [1, size],
        fields: rest,
      });
    }
  }
  return states;
}

const startOf = ({ start, shape }: StateField): Tensor | undefined => start && tf.tensor(start, [...shape]);

const turned = ({ isTurned }: StateField, x: Tensor): Tensor => (isTurned ? tf.transpose(x, [0, 2, 1]) : x);

/** A field as it is, of what it is outside. */
function inside(field: StateField, given: Tensor): Tensor {
  const start = startOf(field);
  return turned(field, start ? tf.add(given, start) : given);
}

/** The reverse of `inside`. */
function outside(field: StateField, held: Tensor): Tensor {
  const [start, given] = [startOf(field), turned(field, held)];
  return start ? tf.sub(given, start) : given;
}

/** The fields of exported states. */
export function unpacked(states: readonly ExportedState[], tensors: readonly Tensor[]): DecodeState {
  const named = states.flatMap(({ fields }, i): [string, Tensor][] => {
    const tensor = required(tensors[i], 'a state');
    const [only] = fields;
    if (only && fields.length === 1) return [[only.name, inside(only, tensor)]];
    const pieces = tf.split(
      tensor,
      fields.map(({ shape }) => sizeOf(shape)),
      1,
    );
    return fields.map((field, f) => {
      const piece = tf.reshape(required(pieces[f], 'a field'), [...field.shape]);
      return [field.name, inside(field, piece)];
    });
  });
  return Object.fromEntries(named);
}

/** The reverse of `unpacked`. */
export function packed(states: readonly ExportedState[], state: DecodeState): Tensor[] {
  return states.map(({ fields }) => {
    const own = fields.map((field) => outside(field, required(state[field.name], field.name)));
    const [only] = own;
    if (only && own.length === 1) return only;
    return tf.concat(
      own.map((tensor) => tf.reshape(tensor, [1, -1])),
      1,
    );
  });
}
