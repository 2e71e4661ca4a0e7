import protobuf from 'protobufjs';
import { maskedCrc32c } from '../../../train/logs/tfRecord.js';

/** One field of a message as it lies in the bytes: numbers for varints and fixed sizes, bytes for the rest. */
export type Fields = Map<number, (number | Uint8Array)[]>;

/** The records of a TFRecord file, with both checksums of each verified. */
export function readRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== maskedCrc32c(file.subarray(at, at + 8)))
      throw new Error('length CRC');
    const data = file.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== maskedCrc32c(data)) throw new Error('data CRC');
    records.push(data);
    at += 16 + length;
  }
  return records;
}

/** The fields of a message by number, without any schema. */
export function readFields(message: Uint8Array): Fields {
  const reader = protobuf.Reader.create(message);
  const fields: Fields = new Map();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const values = fields.get(tag >>> 3) ?? [];
    fields.set(tag >>> 3, values);
    const wire = tag & 7;
    if (wire === 0) values.push(Number(reader.int64()));
    else if (wire === 1) values.push(reader.double());
    else if (wire === 2) values.push(reader.bytes());
    else if (wire === 5) values.push(reader.float());
    else throw new Error(`wire type ${wire}`);
  }
  return fields;
}

/** The message in a field. */
export const inside = (fields: Fields, number: number, index = 0): Fields =>
  readFields(fields.get(number)![index] as Uint8Array);

export const textIn = (fields: Fields, number: number): string =>
  new TextDecoder().decode(fields.get(number)![0] as Uint8Array);

/** The doubles of a packed field. */
export function doublesIn(fields: Fields, number: number): number[] {
  const bytes = new Uint8Array(fields.get(number)![0] as Uint8Array);
  return [...new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)];
}
