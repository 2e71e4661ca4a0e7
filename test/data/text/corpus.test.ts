import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { loadCorpus } from '../../../data/index.js';
import { readText } from '../../../data/text/corpus/textReader.js';
import { invalidUtf8At } from '../../../data/text/corpus/utf8Text.js';
import { ConfigError, DataError } from '../../../src/core/errors.js';
import { useTempFolder } from './support/tempFolder.js';

const END = '<|endoftext|>';
const folder = useTempFolder();
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `Story ${i}.`);
const joined = (stories: readonly string[]): string => stories.map((story) => `${story}\n${END}\n`).join('');

describe('text files', () => {
  it.each([
    ['one marker a line', `One.\n${END}\nTwo.\n${END}\n`, ['One.', 'Two.']],
    ['no marker at the end', `One.\n${END}\nTwo.`, ['One.', 'Two.']],
    ['no end of line after the last marker', `One.\n${END}`, ['One.']],
    ['Windows line ends', `One.\r\nMore.\r\n${END}\r\nTwo.\r\n${END}\r\n`, ['One.\nMore.', 'Two.']],
    ['a marker first and empty stories', `${END}\nOne.\n${END}\n\n${END}\n  \n${END}\n`, ['One.']],
    ['outer white space', `\n\n  One.\n\nMore. \n${END}\n`, ['One.\n\nMore.']],
    ['a byte order mark', `\uFEFFOne.\n${END}\n`, ['One.']],
    ['a byte order mark before a marker', `\uFEFF${END}\nOne.\n${END}\n`, ['One.']],
    ['blanks beside the marker', `One.\n${END} \nTwo.\n \t${END}\t\r\nThree.`, ['One.', 'Two.', 'Three.']],
    ['line ends of old', `One.\r${END}\rTwo.`, ['One.', 'Two.']],
    [
      'a marker inside a line',
      `One ${END} two.\n${END}x\n x${END}\n${END}\n`,
      [`One ${END} two.\n${END}x\n x${END}`],
    ],
    ['no marker at all', 'One.\nTwo.\n', ['One.\nTwo.']],
    ['other scripts', `東京 🙂\n${END}\né\n`, ['東京 🙂', 'é']],
  ])('with %s', (_, text, stories) => {
    expect([...readText(folder.write('a.txt', text))]).toEqual(stories);
  });

  it('are the same however the chunks of the file fall', () => {
    const long = 'word '.repeat(1 << 20).trim();
    const stories = [long, 'short', long, 'end'];
    for (const shift of [0, 1, 7, 12, 13, 14, 20]) {
      const path = folder.write('long.txt', joined(['x'.repeat(shift + 1), ...stories]));
      expect([...readText(path)].slice(1)).toEqual(stories);
    }
  });

  it('give any stories back', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes(END));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        const stories = lines.map((text) => text.trim()).filter((text) => text !== '');
        expect([...readText(folder.write('any.txt', joined(stories)))]).toEqual(stories);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('name the file, the line and the offset of bytes that are not UTF-8', async () => {
    const good = Buffer.from(`Good.\n${END}\né\uFFFD`);
    const path = folder.write('bad.txt', Buffer.concat([good, Buffer.from([0xff]), Buffer.from(' more')]));
    expect(() => [...readText(path)]).toThrow(
      `${path}:3: expected UTF-8, got the byte 0xff at offset ${good.length}; convert the file`,
    );
    await expect(loadCorpus(path)).rejects.toThrow(DataError);
  });

  it.each([
    ['UTF-16', Buffer.from('One.', 'utf16le'), 1, 1],
    ['no text', Buffer.concat([Buffer.from(`One.\n${END}\n`), Buffer.alloc(3)]), 3, 19],
  ])('are not %s without a mark, which would pass for UTF-8', async (_, bytes, line, offset) => {
    const path = folder.write('zero.txt', bytes);
    await expect(loadCorpus(path)).rejects.toThrow(
      `${path}:${line}: expected text in UTF-8, got a zero byte at offset ${offset}`,
    );
  });

  it('tell how many markers stand inside stories', async () => {
    const path = folder.write('inline.txt', joined(['One.', `Two.${END}Three.${END}Four.`]));
    const corpus = await loadCorpus(path);
    expect(corpus.remarks?.()).toEqual([
      `${path}: 2 x ${END} is taken for text; a marker ends a story only on a line of its own`,
    ]);
    folder.write('inline.txt', joined(['One.', 'Two.']));
    expect([[...corpus.train], [...corpus.validation], corpus.remarks?.()]).toEqual([['One.'], ['Two.'], []]);
  });

  it.each([
    [[0x61, 0xc3], 1],
    [[0xe2, 0x82, 0x41], 0],
    [[0xef, 0xbf, 0xbd, 0xc0, 0x80], 3],
    [[0xf0, 0x9f, 0x99, 0x82, 0xed, 0xa0, 0x80], 4],
    [[0x61, 0x62], 2],
  ])('finds the first wrong byte of %j', (bytes, offset) => {
    expect(invalidUtf8At(Uint8Array.from(bytes))).toBe(offset);
  });
});

describe('loadCorpus of one file', () => {
  it('holds out every 20th story, and reads the file anew each time', async () => {
    const corpus = await loadCorpus(folder.write('mine.txt', joined(numbered(45))));
    expect(corpus.name).toBe('mine');
    for (let round = 0; round < 2; round++) {
      expect([...corpus.validation]).toEqual(['Story 19.', 'Story 39.']);
      expect([...corpus.train]).toEqual(numbered(45).filter((_, i) => i !== 19 && i !== 39));
    }
  });

  it('holds out the share asked for, and at least the last story', async () => {
    const path = folder.write('mine.txt', joined(numbered(10)));
    const half = await loadCorpus(path, { validationFraction: 0.5 });
    expect([...half.validation]).toEqual(numbered(10).filter((_, i) => i % 2 === 1));
    expect([...(await loadCorpus(path)).validation]).toEqual(['Story 9.']);
    for (const validationFraction of [0, 0.6, -1, NaN]) {
      await expect(loadCorpus(path, { validationFraction })).rejects.toThrow(ConfigError);
    }
  });

  it('cuts a single text at a line near its end', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `Line ${i} of the play.`);
    const corpus = await loadCorpus(folder.write('play.txt', lines.join('\n')));
    const [train, validation] = [[...corpus.train], [...corpus.validation]];
    expect([train.length, validation.length]).toEqual([1, 1]);
    expect(`${train[0]}\n${validation[0]}`).toBe(lines.join('\n'));
    expect(validation[0]!.length / lines.join('\n').length).toBeCloseTo(0.05, 1);
    await expect(loadCorpus(folder.write('tiny.txt', 'a'))).rejects.toThrow('expected enough text');
  });

  it('holds nothing out when the whole is wanted, but of a source with validation stories', async () => {
    const path = folder.write('all.txt', joined(numbered(30)));
    const whole = await loadCorpus(path, { whole: true });
    expect([[...whole.train], [...whole.validation], whole.part]).toEqual([[], numbered(30), 'whole']);
    const held = await loadCorpus(path);
    expect([[...held.validation].length, held.part]).toEqual([1, 'held out']);
    expect(held.fingerprint).not.toBe(whole.fingerprint);
    const own = await loadCorpus('toy', { whole: true });
    expect([own.part, [...own.train].length > 0]).toEqual([undefined, true]);
    const empty = folder.write('nothing.txt', ` \n${END}\n`);
    const read = async (): Promise<string[]> => [...(await loadCorpus(empty, { whole: true })).validation];
    await expect(read()).rejects.toThrow('expected at least one story, got an empty file');
  });

  it('never cuts a character in two', async () => {
    const corpus = await loadCorpus(folder.write('smile.txt', '🙂'.repeat(33)));
    expect([...corpus.train, ...corpus.validation].join('')).toBe('🙂'.repeat(33));
    for (const part of [...corpus.train, ...corpus.validation]) expect(part).toMatch(/^(🙂)+$/u);
  });

  it('names an empty file, an unknown kind and a missing one', async () => {
    const empty = folder.write('empty.txt', ` \n${END}\n`);
    await expect(loadCorpus(empty)).rejects.toThrow(
      `${empty}: expected at least one story, got an empty file`,
    );
    const table = folder.write('a.csv', 'a,b');
    await expect(loadCorpus(table)).rejects.toThrow(
      `${table}: expected a file that ends in .txt | .jsonl | .parquet, got '.csv'; convert it`,
    );
    await expect(loadCorpus('tot')).rejects.toThrow("got 'tot', which is not there; did you mean 'toy'?");
    await expect(loadCorpus(join(folder.path, 'gone.txt'))).rejects.toThrow(DataError);
  });
});

describe('.jsonl', () => {
  const load = async (text: string, options = {}) => {
    const corpus = await loadCorpus(folder.write('a.jsonl', text), { validationFraction: 0.5, ...options });
    return [...corpus.train, ...corpus.validation];
  };

  it('holds strings or objects with a text field', async () => {
    expect(await load('{"text":"One.","n":1}\n"Two."\n\n{"text":" Three.\\n"}\r\n{"text":""}')).toEqual([
      'One.',
      'Three.',
      'Two.',
    ]);
    expect(await load('{"story":"A"}\n{"story":"B"}', { textColumn: 'story' })).toEqual(['A', 'B']);
  });

  it('names the line that is wrong', async () => {
    await expect(load('{"text":"One."}\n{"text":')).rejects.toThrow(
      /a\.jsonl:2: expected one JSON value a line/,
    );
    await expect(load('{"body":"One.","id":3}')).rejects.toThrow(
      /a\.jsonl:1: expected a string or an object with the text in 'text', got the fields: body, id; name the column .* --text-column/,
    );
    await expect(load('{"text":"One."}\n{"text":3}')).rejects.toThrow(
      /a\.jsonl:2: expected text in 'text', got the number 3; drop such rows, or name another column/,
    );
    await expect(load('{"text":"\\ud800"}')).rejects.toThrow(/a\.jsonl:1: expected well-formed Unicode/);
    for (const list of ['["One.","Two."]', '[\n"One."\n]']) {
      await expect(load(list)).rejects.toThrow(/a\.jsonl:1: .*; write one value a line, for example with jq/);
    }
    for (const line of ['3', 'null', '[]']) await expect(load(line)).rejects.toThrow(DataError);
    await expect(load('{"__proto__":"x"}', { textColumn: 'constructor' })).rejects.toThrow(DataError);
  });
});

describe('.parquet', () => {
  const write = (
    name: string,
    columns: Parameters<typeof parquetWriteBuffer>[0]['columnData'],
    codec?: 'UNCOMPRESSED',
  ) =>
    folder.write(name, new Uint8Array(parquetWriteBuffer({ columnData: columns, ...(codec && { codec }) })));

  it.each([undefined, 'UNCOMPRESSED'] as const)('gives the text column (codec %s)', async (codec) => {
    const data = ['One.', ' Zwei é 🙂 ', '', 'Three.'];
    const path = write(
      'a.parquet',
      [
        { name: 'n', data: [1, 2, 3, 4] },
        { name: 'text', data },
      ],
      codec,
    );
    const corpus = await loadCorpus(path);
    expect([...corpus.train, ...corpus.validation]).toEqual(['One.', 'Zwei é 🙂', 'Three.']);
  });

  it('names a missing column, a column without text and a damaged file', async () => {
    const path = write('b.parquet', [
      { name: 'story', data: ['One.', 'Two.'] },
      { name: 'n', data: [1, 2] },
    ]);
    await expect(loadCorpus(path)).rejects.toThrow(
      "expected the text in column 'text', got the columns: story, n",
    );
    await expect(loadCorpus(path, { textColumn: 'n' })).rejects.toThrow(
      /expected text in column 'n', got the \w+ 1 in row 0/,
    );
    expect([...(await loadCorpus(path, { textColumn: 'story' })).train]).toEqual(['One.']);
    const damaged = folder.write('c.parquet', 'PAR1 this is no parquet file PAR1');
    await expect(loadCorpus(damaged)).rejects.toThrow(
      /c\.parquet: expected a whole parquet file, got a fault/,
    );
  });
});

describe('loadCorpus of a folder', () => {
  it('takes train.txt, train-*.txt and val.txt, and leaves the licence alone', async () => {
    folder.write('train.txt', joined(['A.', 'B.']));
    folder.write('train-more.txt', joined(['C.']));
    folder.write('val.txt', joined(['D.']));
    folder.write('LICENSE-x.txt', 'All rights.');
    folder.write('README.txt', 'Read.');
    folder.write('notes.md', 'Notes.');
    const corpus = await loadCorpus(folder.path);
    expect([...corpus.train]).toEqual(['C.', 'A.', 'B.']);
    expect([...corpus.validation]).toEqual(['D.']);
    expect(corpus.files.map(({ bytes }) => bytes)).toEqual([17, 34, 17]);
    expect(corpus.bytes).toBe(68);
  });

  it('takes the public names, in any of the formats', async () => {
    folder.write('TinyStoriesV2-GPT4-train.txt', joined(['A.']));
    folder.write('validation-00000-of-00001.jsonl', '"B."');
    const corpus = await loadCorpus(folder.path);
    expect([[...corpus.train], [...corpus.validation]]).toEqual([['A.'], ['B.']]);
  });

  it('splits a folder of plain texts by itself', async () => {
    for (const name of ['a', 'b', 'c']) folder.write(`${name}.txt`, `Text ${name}.`);
    const corpus = await loadCorpus(folder.path);
    expect([[...corpus.train], [...corpus.validation]]).toEqual([['Text a.', 'Text b.'], ['Text c.']]);
  });

  it('takes a name that only sounds like a part for one of a novel, and no hidden file', async () => {
    for (const name of ['river', 'the-night-train', '._river']) folder.write(`${name}.txt`, `Text ${name}.`);
    const corpus = await loadCorpus(folder.path);
    expect([...corpus.train, ...corpus.validation]).toEqual(['Text river.', 'Text the-night-train.']);
  });

  it('names a missing split and a folder without texts', async () => {
    await expect(loadCorpus(folder.path)).rejects.toThrow(
      'expected .txt, .jsonl or .parquet files, got none',
    );
    mkdirSync(join(folder.path, 'below'));
    await expect(loadCorpus(folder.path)).rejects.toThrow('got only 1 folders, which are not looked into');
    folder.write('train.txt', joined(['A.']));
    await expect(loadCorpus(folder.path)).rejects.toThrow(
      `${folder.path}: expected both train.txt and val.txt, got train.txt; add val.txt`,
    );
  });
});

describe('fingerprints', () => {
  it('are equal exactly when stories and split are', async () => {
    const of = async (text: string, options = {}) =>
      (await loadCorpus(folder.write('a.txt', text), options)).fingerprint;
    const base = await of(joined(numbered(30)));
    expect(await of(joined(numbered(30)))).toBe(base);
    expect(await of(joined(numbered(31)))).not.toBe(base);
    expect(await of(joined(numbered(30)), { validationFraction: 0.1 })).not.toBe(base);
    const toy = async (toyOptions: object) => (await loadCorpus('toy', { toy: toyOptions })).fingerprint;
    expect(await toy({ trainStories: 20 })).toBe(await toy({ trainStories: 20 }));
    expect(await toy({ trainStories: 20 })).not.toBe(await toy({ trainStories: 20, seed: 1 }));
  });
});

const genuine = '../shared/data/tinystories';
const absent = !existsSync(join(genuine, 'train.txt'));
if (absent) console.log(`skipped: the TinyStories tests need ${genuine}, which is not here`);

describe.skipIf(absent)('genuine TinyStories', () => {
  it('has the stories that its README counts', async () => {
    const corpus = await loadCorpus(genuine);
    expect([...corpus.train]).toHaveLength(9161);
    expect([...corpus.validation]).toHaveLength(419);
  });
});
