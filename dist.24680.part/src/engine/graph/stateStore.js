import { Tensor as OrtTensor } from './onnxRuntime.js';
import { sizeOf } from '../../core/shapes.js';
import { tf } from '../../core/tf.js';
/** A tensor of the variable's shape over memory of its own. */
function hostTensor(variable, values) {
    const source = values ?? sizeOf(variable.shape);
    const { dtype, shape } = variable;
    if (dtype === 'float32')
        return new OrtTensor(dtype, new Float32Array(source), shape);
    if (dtype === 'int32')
        return new OrtTensor(dtype, new Int32Array(source), shape);
    return new OrtTensor('bool', new Uint8Array(source), shape);
}
/**
 * The variables' values while they live in the engine. A step writes into spare buffers and `keep` swaps
 * them in, so a rejected step costs nothing and changes nothing. On a GPU the device makes the new buffers.
 */
export class StateStore {
    onHost;
    slots = new Map();
    /** Compiled functions that use a variable, by its id. */
    users = new Map();
    constructor(onHost) {
        this.onHost = onHost;
    }
    /** Variables whose values are held here. */
    get size() {
        return this.slots.size;
    }
    /** Counts one more user of each variable. */
    hold(variables) {
        for (const { id } of variables)
            this.users.set(id, (this.users.get(id) ?? 0) + 1);
    }
    /** Counts one user less; the values of variables without any go back to tfjs, and their buffers are freed. */
    async release(variables) {
        for (const variable of variables) {
            const left = (this.users.get(variable.id) ?? 0) - 1;
            if (left > 0)
                this.users.set(variable.id, left);
            else
                await this.drop(variable);
        }
    }
    async drop(variable) {
        this.users.delete(variable.id);
        if (!variable.isDisposed && this.slots.get(variable.id)?.isAhead)
            await this.pull([variable]);
        this.free(variable.id);
    }
    free(id) {
        const slot = this.slots.get(id);
        slot?.current.dispose();
        slot?.spare?.dispose();
        this.slots.delete(id);
    }
    /** Frees everything, whoever uses it. */
    clear() {
        for (const id of [...this.slots.keys()])
            this.free(id);
        this.users.clear();
    }
    slot(variable) {
        const known = this.slots.get(variable.id);
        if (known?.seen === variable.dataId)
            return known;
        this.free(variable.id);
        const current = hostTensor(variable, variable.dataSync());
        const spare = this.onHost ? hostTensor(variable, undefined) : undefined;
        const slot = { current, spare, seen: variable.dataId, isAhead: false };
        this.slots.set(variable.id, slot);
        return slot;
    }
    current(variable) {
        return this.slot(variable).current;
    }
    /** Where a step may write the variable's next value; null lets the device decide. */
    target(variable) {
        return this.slot(variable).spare ?? null;
    }
    /** Makes the value a step wrote the current one. */
    keep(variable, next) {
        const slot = this.slot(variable);
        if (slot.spare)
            slot.spare = slot.current;
        else
            slot.current.dispose();
        slot.current = next;
        slot.isAhead = true;
    }
    /** Copies the values into the tfjs variables. */
    async pull(variables) {
        for (const variable of variables) {
            const slot = this.slots.get(variable.id);
            if (slot?.seen !== variable.dataId)
                continue;
            const data = await slot.current.getData();
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
