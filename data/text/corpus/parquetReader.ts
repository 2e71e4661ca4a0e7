import zlib from 'node:zlib';
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DataError } from '../../../src/core/errors.js';
import { fileError } from './fileSlices.js';
import { kindOf, withoutText, type Remark } from './remarks.js';
import { storyText } from './utf8Text.js';

/** Pages above this size together that are a good hundred times their compressed size hold no text; they are made to fill memory. */
const LARGEST_SURE_SIZE = 1 << 24;
const LARGEST_RATIO = 200;
const LARGEST_PAGE = 1 << 28;

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
type Checksum = (bytes: Uint8Array) => number;

/** Of node:zlib, but newer than the types in use: Node 22.15, and 20.15 or 22.2. */
const zstd = Reflect.get(zlib, 'zstdDecompressSync') as Decompress | undefined;
const crc32 = Reflect.get(zlib, 'crc32') as Checksum | undefined;

/** Ends at the size that the page announces, which `checkPages` has looked at. */
function bounded(decompress: Decompress): (bytes: Uint8Array, size: number) => Uint8Array {
  return (bytes, size) => decompress(bytes, { maxOutputLength: Math.max(1, size) });
}

/** Snappy is in the reader itself. */
const compressors = {
  GZIP: bounded(zlib.gunzipSync),
  BROTLI: bounded(zlib.brotliDecompressSync),
  ...(zstd && { ZSTD: bounded(zstd) }),
};

function strictText(path: string): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw new DataError(
        `${path}: expected UTF-8 in the text column, got other bytes; convert it to UTF-8`,
        {
          cause: error,
        },
      );
    }
  };
}

function damaged(path: string, what: string, cause?: unknown): DataError {
  return new DataError(
    `${path}: expected a whole parquet file, got a fault (${what}); fetch it again`,
    cause === undefined ? undefined : { cause },
  );
}

function checkCodec(path: string, codec: string): void {
  if (codec === 'UNCOMPRESSED' || codec === 'SNAPPY' || Object.hasOwn(compressors, codec)) return;
  const known = ['snappy', ...Object.keys(compressors).map((name) => name.toLowerCase()), 'none'].join(' | ');
  const newer = codec === 'ZSTD' ? 'use Node 22.15 or later, or ' : '';
  throw new DataError(
    `${path}: expected a compression that can be read here (${known}), got ${codec.toLowerCase()}; ${newer}write the file anew with snappy`,
  );
}

/** Sizes of all pages so far. */
interface Pages {
  packed: number;
  unpacked: number;
}

/** Looks at the pages of a column before anything is unpacked: their sizes, counts, and checksums where they have one. */
async function checkPages(
  path: string,
  file: AsyncBuffer,
  column: ColumnMetaData,
  all: Pages,
): Promise<void> {
  const start = Number(column.dictionary_page_offset ?? column.data_page_offset);
  const bytes = new Uint8Array(await file.slice(start, start + Number(column.total_compressed_size)));
  const reader = { view: new DataView(bytes.buffer), offset: 0 };
  let values = 0;
  while (values < Number(column.num_values)) {
    const header = parquetHeader(reader);
    const { crc, compressed_page_size: size, uncompressed_page_size: unpacked } = header;
    const page = bytes.subarray(reader.offset, reader.offset + size);
    if (!(size >= 0) || page.length < size) throw damaged(path, 'a page that ends early');
    all.packed += size;
    all.unpacked += unpacked;
    if (unpacked > LARGEST_PAGE || (unpacked > LARGEST_SURE_SIZE && unpacked > LARGEST_RATIO * size)) {
      throw damaged(path, `a page of ${size} bytes that unpacks to ${unpacked}`);
    }
    if (all.unpacked > LARGEST_SURE_SIZE && all.unpacked > LARGEST_RATIO * all.packed) {
      throw damaged(path, `pages of ${all.packed} bytes that unpack to ${all.unpacked}`);
    }
    if (crc !== undefined && crc32 && crc32(page) !== crc >>> 0) {
      throw damaged(path, 'a page whose checksum is another');
    }
    values += header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
    reader.offset += size;
  }
  if (values > Number(column.num_values)) throw damaged(path, 'more values than its index says');
}

async function checkColumn(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  name: string,
): Promise<void> {
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  if (!names.includes(name)) {
    throw new DataError(
      `${path}: expected the text in column '${name}', got the columns: ${names.join(', ')}; ` +
        'name the column with the text with --text-column',
    );
  }
  const chunks = metadata.row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data));
  const all = { packed: 0, unpacked: 0 };
  for (const column of chunks) {
    if (column?.path_in_schema[0] !== name) continue;
    checkCodec(path, column.codec);
    await checkPages(path, file, column, all);
  }
}

async function readColumn(path: string, column: string): Promise<readonly unknown[]> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  await checkColumn(path, file, metadata, column);
  const parsers = { stringFromBytes: strictText(path) };
  const rows = await parquetReadObjects({ file, metadata, columns: [column], compressors, parsers });
  const expected = Number(metadata.num_rows);
  if (rows.length !== expected) throw damaged(path, `${rows.length} rows where its index says ${expected}`);
  return rows.map((row): unknown => row[column]);
}

/**
 * The stories of a text column of a parquet file, all in memory. Rows where it is null are left out.
 *
 * Snappy, gzip and brotli pages, and zstd from Node 22.15 on. Checksums of pages are compared from Node 20.15 on.
 *
 * @param remark told how many rows were left out
 * @throws DataError when the file is not parquet, is damaged, or the column is missing or no text.
 */
export async function readParquet(
  path: string,
  column: string,
  remark: Remark = () => undefined,
): Promise<string[]> {
  const values = await readColumn(path, column).catch((error: unknown) => {
    if (error instanceof DataError) throw error;
    if (error instanceof Error && 'code' in error && 'syscall' in error) throw fileError(path, error);
    throw damaged(path, error instanceof Error ? error.message : String(error), error);
  });
  const stories: string[] = [];
  let empty = 0;
  for (const [row, value] of values.entries()) {
    if (value === null || value === undefined) empty += 1;
    else if (typeof value === 'string') stories.push(storyText(value));
    else {
      throw new DataError(
        `${path}: expected text in column '${column}', got ${kindOf(value)} in row ${row}; ` +
          'drop such rows, or name another column with --text-column',
      );
    }
  }
  remark(empty > 0 && withoutText(path, empty, values.length));
  return stories.filter((story) => story !== '');
}
