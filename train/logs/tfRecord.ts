import crc32c from 'crc-32/crc32c.js';

/**
 * A CRC-32C (Castagnoli) that may itself be part of data under a CRC: rotated right by 15 bits, plus a constant.
 *
 * Source: TensorFlow, "TFRecord and tf.train.Example", section "TFRecords format details".
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One record of a TFRecord file: u64 length, its masked CRC, the data, its masked CRC; little-endian. */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
