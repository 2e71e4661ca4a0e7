import { tf, type Tensor } from '../core/tf.js';
import { defineOp } from './defineOp.js';

/**
 * A table with one of its rows written anew, of each of B tables its own. It has no gradient. As one op, so that an
 * engine can write the row where the table lies.
 *
 *   y_bml = l = slot_b ? row_bm : table_bml
 *
 * Shapes: table, y `[B,M,L,K]` · row `[B,M,1,K]` · slot int32 `[B]`, each in [0, L).
 */
export const writeRow = defineOp({
  name: 'PavlovWriteRow',
  define: ({ table, row, slot }: { readonly table: Tensor; readonly row: Tensor; readonly slot: Tensor }) => {
    const L = table.shape[2] ?? 0;
    const slots = tf.expandDims(tf.range(0, L, 1, 'int32'), 0);
    const isWritten = tf.equal(slots, tf.expandDims(slot, 1)); // [B,L]
    return tf.where(tf.reshape(isWritten, [slot.shape[0] ?? 0, 1, L, 1]), row, table);
  },
  call:
    (apply) =>
    (table: Tensor, row: Tensor, slot: Tensor): Tensor =>
      apply({ table, row, slot }),
});
