import zlib from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { DataError } from '../../../src/core/errors.js';
import { fileError } from './fileSlices.js';

type Decompress = (bytes: Uint8Array) => Uint8Array;

/** zstd came to node:zlib with Node 22.15, which the types in use do not know. */
const zstd = Reflect.get(zlib, 'zstdDecompressSync') as Decompress | undefined;

/** Snappy is in the reader itself. */
const compressors = {
  GZIP: (bytes: Uint8Array) => zlib.gunzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => zlib.brotliDecompressSync(bytes),
  ...(zstd && { ZSTD: zstd }),
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

async function readColumn(path: string, column: string): Promise<readonly unknown[]> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  if (!names.includes(column)) {
    throw new DataError(
      `${path}: expected the text in column '${column}', got the columns: ${names.join(', ')}; ` +
        'name the text column',
    );
  }
  const parsers = { stringFromBytes: strictText(path) };
  const rows = await parquetReadObjects({ file, metadata, columns: [column], compressors, parsers });
  return rows.map((row): unknown => row[column]);
}

/**
 * The stories of a text column of a parquet file, all in memory.
 *
 * Snappy, gzip and brotli pages, and zstd from Node 22.15 on.
 *
 * @throws DataError when the file is not parquet, is damaged, or the column is missing or no text.
 */
export async function readParquet(path: string, column: string): Promise<string[]> {
  const values = await readColumn(path, column).catch((error: unknown) => {
    if (error instanceof DataError) throw error;
    if (error instanceof Error && 'code' in error && 'syscall' in error) throw fileError(path, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`${path}: expected a whole parquet file, got a fault (${reason}); fetch it again`, {
      cause: error,
    });
  });
  const wrong = values.findIndex((value) => typeof value !== 'string');
  if (wrong >= 0) {
    throw new DataError(
      `${path}: expected text in column '${column}', got ${typeof values[wrong]} in row ${wrong}; ` +
        'name the text column or drop such rows',
    );
  }
  return values.map((value) => String(value).trim()).filter((story) => story !== '');
}
