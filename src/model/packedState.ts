import { required } from '../core/required.js';
import { sizeOf } from '../core/shapes.js';
import { tf, type Tensor } from '../core/tf.js';

/** Tensors by name, each `[B,..]`. */
type State = Readonly<Record<string, Tensor>>;

/** Their shapes. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** The name of the tensor that holds all that are packed. */
const PACKED = 'packed';

/** Most numbers that are packed: the copies of more cost more than handing over a variable each. */
const MOST = 2 ** 16;

/**
 * Tensors `[B,..]` side by side in one, `[B,sum of sizes]`, and back. Handing a variable to ONNX Runtime and taking its
 * next value takes 5 us, which is a fortieth of a token of a small model. Many numbers are left as they are.
 */
export class Packing {
  private readonly packed: readonly (readonly [name: string, shape: readonly number[]])[];

  /** `apart` says which tensors stay on their own. */
  constructor(shapes: Shapes, apart: (name: string) => boolean) {
    const rest = Object.entries(shapes).filter(([name]) => !apart(name));
    const size = rest.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
    this.packed = size <= MOST ? rest : [];
  }

  /** State: returns new tensors, but those that stay on their own; disposes nothing. */
  pack(state: State): State {
    const rows = this.packed.map(([name, [B = 0]]) => tf.reshape(required(state[name], name), [B, -1]));
    return rows.length === 0 ? state : { ...this.others(state), [PACKED]: tf.concat(rows, 1) };
  }

  /** The inverse of `pack`. */
  unpack(state: State): State {
    const all = state[PACKED];
    if (!all) return state;
    const sizes = this.packed.map(([, shape]) => sizeOf(shape.slice(1)));
    const parts = tf.split(all, sizes, 1);
    const unpacked = this.packed.map(([name, shape], i) => [
      name,
      tf.reshape(required(parts[i], name), [...shape]),
    ]);
    return { ...this.others(state), ...(Object.fromEntries(unpacked) as State) };
  }

  private others(state: State): State {
    const gone = new Set([PACKED, ...this.packed.map(([name]) => name)]);
    return Object.fromEntries(Object.entries(state).filter(([name]) => !gone.has(name)));
  }
}
