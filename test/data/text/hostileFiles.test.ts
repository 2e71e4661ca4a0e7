import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
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
            expect((error as DataError).message).toContain(path);
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
