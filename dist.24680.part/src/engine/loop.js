import { tf } from '../core/tf.js';
import { unstack } from '../core/unstack.js';
/** The current backend if it loops by itself, else one that runs step after step. */
export function loopBackend() {
    const backend = tf.backend();
    // The cast is what the check before it establishes.
    return 'loop' in backend ? backend : { loop: oneByOne };
}
/** Every step one after the other, of which only what it carries on and puts out is kept. */
function oneByOne(body, initial, sequences, { axis, reverse = false }) {
    const slices = sequences.map((sequence) => unstack(sequence, axis));
    const T = slices[0]?.length ?? 0;
    let carry = initial;
    const outputs = [];
    for (let i = 0; i < T; i++) {
        const t = reverse ? T - 1 - i : i;
        const xs = slices.flatMap((slice) => slice.slice(t, t + 1));
        const { carry: next, ys } = tidied(body, carry, xs);
        carry = next;
        outputs.push(ys);
    }
    const inTime = reverse ? outputs.reverse() : outputs;
    const ys = (inTime[0] ?? []).map((_, i) => tf.stack(inTime.flatMap((output) => output.slice(i, i + 1)), axis));
    return { carry, ys };
}
/** A step without the tensors on the way. */
function tidied(body, carry, xs) {
    const count = carry.length;
    const tensors = tf.tidy(() => {
        const step = body(carry, xs);
        return [...step.carry, ...step.ys];
    });
    return { carry: tensors.slice(0, count), ys: tensors.slice(count) };
}
