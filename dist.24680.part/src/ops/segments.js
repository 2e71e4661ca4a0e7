import { tf } from '../core/tf.js';
/**
 * Running number of the document each token is in, counted from 0 in its row: it goes up wherever the id
 * changes, so that an id used again later in a row is another segment.
 *
 * Shapes: documents [B,T] int32 -> segments [B,T] float32 (exact below 2^24).
 */
export function segmentsOf(documents) {
    const [B = 0, T = 0] = documents.shape;
    if (T < 2)
        return tf.zeros([B, T]);
    const before = tf.slice(documents, [0, 0], [B, T - 1]);
    const after = tf.slice(documents, [0, 1], [B, T - 1]);
    const starts = tf.cast(tf.notEqual(before, after), 'float32');
    return tf.cumsum(tf.pad(starts, [
        [0, 0],
        [1, 0],
    ]), 1);
}
/**
 * Where another document starts than that of the row's first token.
 *
 * Shapes: documents [B,T] int32 -> [B,T] bool, false at the first token.
 */
export function restartsOf(documents) {
    const [B = 0, T = 0] = documents.shape;
    const segments = segmentsOf(documents);
    const before = tf.concat([tf.zeros([B, 1]), tf.slice(segments, [0, 0], [B, T - 1])], 1);
    return tf.notEqual(segments, before);
}
