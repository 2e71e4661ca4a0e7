import { Tensor as OrtTensor } from './onnxRuntime.js';
import { required } from '../../core/required.js';
import { sizeOf } from '../../core/shapes.js';
import { tf, type DataId, type Variable } from '../../core/tf.js';
import type { DeviceCopies } from './deviceCopies.js';

/** A variable's value in the engine, and room for its next one where the device lets us give it. */
interface Slot {
  current: OrtTensor;
  spare: OrtTensor | undefined;
  /** The tfjs data this was last in step with; another id means the variable was assigned outside. */
  seen: DataId;
  /** Whether a step has written it since. */
  isAhead: boolean;
}

/** A tensor of that kind and shape over memory of its own, zeros unless there are values. */
export function hostTensor(
  { dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] },
  values?: ArrayLike<number>,
): OrtTensor {
  const source = values ?? sizeOf(shape);
  if (dtype === 'float32') return new OrtTensor(dtype, new Float32Array(source as ArrayLike<number>), shape);
  if (dtype === 'int32') return new OrtTensor(dtype, new Int32Array(source as ArrayLike<number>), shape);
  return new OrtTensor('bool', new Uint8Array(source as ArrayLike<number>), shape);
}

/**
 * The variables' values while they live in the engine. A step on the host writes into spare buffers and `keep` swaps
 * them in, so a rejected step costs nothing and changes nothing; single rows are written into the current ones
 * afterwards. On a device the step makes the new buffers, and what is kept no longer is freed. A device buffer belongs to the
 * session that made it: it is freed before that is released.
 */
export class StateStore {
  private readonly slots = new Map<number, Slot>();
  /** Compiled functions that use a variable, by its id. */
  private readonly users = new Map<number, number>();

  /** With `copies`, values live on the device that these copy to and from; without, on the host. */
  constructor(private readonly copies: DeviceCopies | undefined) {}

  /** Variables whose values are held here. */
  get size(): number {
    return this.slots.size;
  }

  /** Counts one more user of each variable. */
  hold(variables: readonly Variable[]): void {
    for (const { id } of variables) this.users.set(id, (this.users.get(id) ?? 0) + 1);
  }

  /**
   * Counts one user less; the values of variables without any go back to tfjs, and their buffers are freed. On a device
   * those of all of them, since the buffers may be of sessions that go with this user: others take them up again.
   */
  async release(variables: readonly Variable[]): Promise<void> {
    const leaving: Variable[] = [];
    for (const variable of variables) {
      const left = (this.users.get(variable.id) ?? 0) - 1;
      if (left > 0) this.users.set(variable.id, left);
      else this.users.delete(variable.id);
      if (left <= 0 || this.copies) leaving.push(variable);
    }
    await this.pull(leaving.filter((variable) => !variable.isDisposed));
    for (const { id } of leaving) this.free(id);
  }

  private free(id: number): void {
    const slot = this.slots.get(id);
    slot?.current.dispose();
    slot?.spare?.dispose();
    this.slots.delete(id);
  }

  /** Frees everything, whoever uses it. */
  clear(): void {
    for (const id of [...this.slots.keys()]) this.free(id);
    this.users.clear();
  }

  /** Takes in the values of variables that are not here yet or were assigned outside. */
  async load(variables: readonly Variable[]): Promise<void> {
    const fresh = variables.filter(({ id, dataId }) => this.slots.get(id)?.seen !== dataId);
    const values = fresh.map((variable) => hostTensor(variable, variable.dataSync()));
    const placed = (await this.copies?.copy(values, 'gpu-buffer')) ?? values;
    for (const [i, variable] of fresh.entries()) {
      this.free(variable.id);
      this.slots.set(variable.id, {
        current: required(placed[i], 'a value'),
        spare: this.copies ? undefined : hostTensor(variable),
        seen: variable.dataId,
        isAhead: false,
      });
    }
  }

  private slot(variable: Variable): Slot {
    return required(this.slots.get(variable.id), `variable '${variable.name}' in the engine`);
  }

  current(variable: Variable): OrtTensor {
    return this.slot(variable).current;
  }

  /** Where a step may write the variable's next value; null lets the device decide. */
  target(variable: Variable): OrtTensor | null {
    return this.slot(variable).spare ?? null;
  }

  /** Makes the value a step wrote the current one. */
  keep(variable: Variable, next: OrtTensor): void {
    const slot = this.slot(variable);
    if (slot.spare) slot.spare = slot.current;
    else slot.current.dispose();
    slot.current = next;
    slot.isAhead = true;
  }

  /** Writes rows `[B,M,1,K]` into the current value, seen as `[B,M,L,K]`, each at the place of its b, `[B]`. */
  writeRows(
    variable: Variable,
    [B = 0, M = 0, L = 0, K = 0]: readonly number[],
    row: OrtTensor,
    slot: OrtTensor,
  ): void {
    const own = this.slot(variable);
    // The casts: a table of float32, places of int32.
    const [table, rows, places] = [own.current.data, row.data, slot.data] as [
      Float32Array,
      Float32Array,
      Int32Array,
    ];
    for (let b = 0; b < B; b++) {
      for (let m = 0; m < M; m++) {
        const from = (b * M + m) * K;
        table.set(rows.subarray(from, from + K), ((b * M + m) * L + (places[b] ?? 0)) * K);
      }
    }
    own.isAhead = true;
  }

  /** Frees the value that a rejected step wrote; a spare buffer stays for the next one. */
  discard(variable: Variable, next: OrtTensor): void {
    if (!this.slot(variable).spare) next.dispose();
  }

  /** Copies the values that steps have written into the tfjs variables. */
  async pull(variables: readonly Variable[]): Promise<void> {
    const ahead = variables.flatMap((variable) => {
      const slot = this.slots.get(variable.id);
      return slot?.isAhead && slot.seen === variable.dataId ? [{ variable, slot }] : [];
    });
    const currents = ahead.map(({ slot }) => slot.current);
    const read = (await this.copies?.copy(currents, 'cpu')) ?? currents;
    for (const [i, { variable, slot }] of ahead.entries()) {
      const data = required(read[i], 'a value').data as Float32Array | Int32Array | Uint8Array;
      // A copy: tfjs may keep the array, and the engine goes on writing into its own.
      const values = data.slice();
      tf.tidy(() => {
        variable.assign(tf.tensor(values, variable.shape, variable.dtype));
      });
      slot.seen = variable.dataId;
      slot.isAhead = false;
    }
  }
}
