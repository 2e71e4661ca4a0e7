import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import zlib, { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { describe, expect, it } from 'vitest';
import { loadCorpus } from '../../../data/index.js';
import { readText } from '../../../data/text/corpus/textReader.js';
import { DataError } from '../../../src/core/errors.js';
import { useTempFolder } from './support/tempFolder.js';

const END = '<|endoftext|>';
const folder = useTempFolder();

describe('rows without text', () => {
  it('are left out and counted', async () => {
    const lines = ['{"text":"One."}', 'null', '{"text":null}', '"Two.\\r\\nMore."'];
    const jsonl = folder.write('null.jsonl', lines.join('\n'));
    const columnData = [{ name: 'text', data: ['One.', null, 'Two.\r\nMore.'] }];
    const parquet = folder.write('null.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    for (const [path, remark] of [
      [jsonl, '2 of 4 rows have no text (null) and are left out'],
      [parquet, '1 of 3 rows have no text (null) and are left out'],
    ] as const) {
      const corpus = await loadCorpus(path, { validationFraction: 0.5 });
      expect([...corpus.train, ...corpus.validation]).toEqual(['One.', 'Two.\nMore.']);
      expect(corpus.remarks?.()).toEqual([`${path}: ${remark}`]);
    }
  });
});

/** Little-endian thrift and pages are patched by hand: no writer makes damaged files. */
describe('a damaged .parquet', () => {
  const stories = Array.from({ length: 200 }, (_, i) => `Story ${i}.`);
  const whole = (codec: 'UNCOMPRESSED' | 'SNAPPY' = 'UNCOMPRESSED'): Buffer =>
    Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'text', data: stories }], codec }));

  it('names the compression that it cannot read, and what to do', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [{ name: 'text', data: stories }],
      codec: 'LZ4_RAW',
      compressors: { LZ4_RAW: (page: Uint8Array) => page },
    });
    const path = folder.write('lz4.parquet', new Uint8Array(bytes));
    await expect(loadCorpus(path)).rejects.toThrow(
      /lz4\.parquet: expected a compression that can be read here \(snappy \| gzip .*\), got lz4_raw; write the file anew with snappy/,
    );
  });

  it('unpacks no page that is made to fill memory', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [{ name: 'text', data: ['x'.repeat(3 << 24)], encoding: 'PLAIN' }],
      codec: 'GZIP',
      compressors: { GZIP: (page: Uint8Array) => gzipSync(page) },
    });
    const path = folder.write('bomb.parquet', new Uint8Array(bytes));
    await expect(loadCorpus(path)).rejects.toThrow(/a page of \d+ bytes that unpacks to \d+/);
  });

  it('unpacks no pages that are made to fill memory together', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'text', data: Array.from({ length: 6 }, () => 'x'.repeat(3 << 20)), encoding: 'PLAIN' },
      ],
      codec: 'GZIP',
      pageSize: 1 << 20,
      rowGroupSize: 2,
      compressors: { GZIP: (page: Uint8Array) => gzipSync(page) },
    });
    const path = folder.write('bombs.parquet', new Uint8Array(bytes));
    await expect(loadCorpus(path)).rejects.toThrow(/pages of \d+ bytes that unpack to \d+/);
  });

  it('gives stories or one error, whatever its bytes, and never hangs', async () => {
    const bytes = whole();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        const path = folder.write('changed.parquet', changed);
        const outcome = await loadCorpus(path).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(DataError);
          expect(outcome.message).toContain(path);
        }
      }),
      { seed: 2, numRuns: 150 },
    );
  });
});

/** A file of one uncompressed page whose header says this checksum, as the format has it; no writer at hand writes one. */
function withChecksum(checksumOf: (page: Uint8Array) => number): Uint8Array {
  const columnData = [{ name: 'text', data: ['One.', 'Two.', 'Three.'] }];
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData, codec: 'UNCOMPRESSED' }));
  const metadata = parquetMetadata(bytes.buffer);
  const column = metadata.row_groups[0]!.columns[0]!.meta_data!;
  const start = Number(column.data_page_offset);
  const end = start + Number(column.total_compressed_size);
  const reader = { view: new DataView(bytes.buffer), offset: start };
  const header = parquetHeader(reader);
  const writer = new ByteWriter();
  writer.appendBytes(bytes.subarray(0, start));
  writePageHeader(writer, { ...header, crc: checksumOf(bytes.subarray(reader.offset, end)) });
  writer.appendBytes(bytes.subarray(reader.offset, end));
  column.total_compressed_size = BigInt(writer.offset - start);
  column.total_uncompressed_size = column.total_compressed_size;
  writeMetadata(writer, metadata);
  writer.appendUint32(0x31524150); // PAR1
  return new Uint8Array(writer.getBuffer());
}

// Of node:zlib, but newer than the types in use: Node 20.15.
const crc32 = Reflect.get(zlib, 'crc32') as ((bytes: Uint8Array) => number) | undefined;

it.runIf(crc32)(
  'a page of parquet is read where it has its checksum, and refused where it has another',
  async () => {
    const right = folder.write(
      'right.parquet',
      withChecksum((page) => crc32!(page) | 0),
    );
    const corpus = await loadCorpus(right, { validationFraction: 0.5 });
    expect([...corpus.train, ...corpus.validation].sort()).toEqual(['One.', 'Three.', 'Two.']);
    const wrong = folder.write(
      'wrong.parquet',
      withChecksum((page) => (crc32!(page) ^ 1) | 0),
    );
    await expect(loadCorpus(wrong)).rejects.toThrow(
      `${wrong}: expected a whole parquet file, got a fault (a page whose checksum is another); fetch it again`,
    );
  },
);

describe('any bytes', () => {
  const samples = {
    '.txt': [`One.\n${END}\r\nTwo é\r`, '\uFEFF', END, '\0', '\n'],
    '.jsonl': ['{"text":"One."}\n', 'null', '["a"]', '{"text":"\\ud800"}', '\uFEFF', '\r\n', '{'],
    '.parquet': ['PAR1', '\u0015\u0000', '\0'],
  };
  const piece = (texts: readonly string[]) =>
    fc.oneof(
      fc.constantFrom(...texts).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    );

  it.each(Object.entries(samples))(
    'in a %s file give stories, or one error that names it',
    async (extension, texts) => {
      await fc.assert(
        fc.asyncProperty(fc.array(piece(texts), { maxLength: 12 }), async (pieces) => {
          const path = folder.write(`any${extension}`, Buffer.concat(pieces));
          try {
            const corpus = await loadCorpus(path);
            for (const story of [...corpus.train, ...corpus.validation]) {
              expect(story).toBe(story.trim());
              expect(story).not.toMatch(/^$|\r\n/);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(DataError);
            const { message } = error as DataError;
            expect(message).toContain(path);
            // That a file has too little text is no fault of a line, and parquet has none.
            if (extension !== '.parquet' && !/: expected (at least one story|enough text)/.test(message))
              expect(message).toMatch(/:\d+: /);
          }
        }),
        { seed: 3, numRuns: 150 },
      );
    },
  );
});

it('a source that is there but cannot be looked at is not called missing', async () => {
  const loop = join(folder.path, 'loop.txt');
  symlinkSync(loop, loop);
  await expect(loadCorpus(loop)).rejects.toThrow(`${loop}: expected a file that can be read, got ELOOP`);
  const file = folder.write('file.txt', 'x');
  await expect(loadCorpus(join(file, 'in.txt'))).rejects.toThrow('which is not there');
});

describe('a text that is too long', () => {
  const limits = { longest: 60, part: 20 };
  const solid = (text: string): string => text.replace(/\s+/g, '');

  it('is read in parts that hold all of it, cut at lines, and a remark says so', () => {
    const unit = fc.constantFrom('A lamp. ', 'word', 'é', '中', '🙂', '\n', '\r\n', ' ', `\n${END}\n`, END);
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 120 }), (units) => {
        const text = units.join('');
        const path = folder.write('long.txt', text);
        const remarks: (string | false)[] = [];
        const whole = [...readText(path)];
        const parts = [...readText(path, (remark) => remarks.push(remark), limits)];
        expect(solid(parts.join(''))).toBe(solid(whole.join('')));
        const isLong = (story: string): boolean => Buffer.byteLength(story) > limits.longest;
        expect(parts.filter(isLong)).toEqual([]);
        if (whole.some(isLong)) expect(remarks).toEqual([expect.stringContaining('is read as stories')]);
        if (Buffer.byteLength(text) <= limits.longest) expect(parts).toEqual(whole);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('ends a part behind a line where there is one', () => {
    const path = folder.write('lines.txt', 'A lamp is on.\n'.repeat(6));
    const line = 'A lamp is on.';
    const expected = [line, line, line, line, `${line}\n${line}`];
    expect([...readText(path, undefined, limits)]).toEqual(expected);
  });

  it('is refused on one line of .jsonl, by the line', async () => {
    const path = folder.write('long.jsonl', `"short"\n"${'x'.repeat(65 << 20)}"\n`);
    await expect(loadCorpus(path)).rejects.toThrow(`${path}:2: expected a line of at most 67108864 bytes`);
  });
});
