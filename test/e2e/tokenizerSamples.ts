/**
 * Writes what the tokenizers give on texts that other programs are to encode alike: per tokenizer a `tokenizer.json` and
 * `samples.jsonl` with one `[text, ids]` per line. Arguments: an empty folder, and optionally a text whose stories, apart
 * by the end-of-text marker, are taken in place of the built-in ones.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tokenizers, toyStories } from '../../data/index.js';
import { finishWork } from '../../data/text/work.js';
import { tokenizerJson } from '../../export/tokenizerJson.js';
import { Rng } from '../../src/core/rng.js';

/** Ranges of code points that random texts draw from: ASCII often, then anything assigned since long. */
const RANGES: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0x00, 0x24f],
  [0x300, 0x52f],
  [0x5d0, 0x6ff],
  [0x900, 0x10ff],
  [0x1680, 0x1680],
  [0x2000, 0x206f],
  [0x2070, 0x2bff],
  [0x3000, 0x30ff],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0xe000, 0xf8ff],
  [0xfe00, 0xffff],
  [0x10000, 0x1ffff],
  [0x20000, 0x2a6d6],
  [0xe0000, 0x10ffff],
];

/** Strings of words of a text, white space of all kinds, contractions and random code points. */
function randomTexts(count: number, words: readonly string[]): string[] {
  const rng = Rng.fromSeed(11);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rng.uniform() * list.length)] as T; // there is one
  const spaces = [
    ' ',
    '  ',
    '\n',
    '\r\n',
    '\t',
    '\u0085',
    '\u00a0',
    '\u3000',
    '\ufeff',
    '\u200b',
    "'s",
    "'LL",
  ];
  const part = (): string => {
    const kind = rng.uniform();
    if (kind < 0.3) return pick(words);
    if (kind < 0.5) return pick(spaces);
    const [low, high] = pick(RANGES);
    const code = low + Math.floor(rng.uniform() * (high - low + 1));
    const character = String.fromCodePoint(code);
    // Programs differ in which code points they know already.
    return /\p{Cs}|\p{Cn}/u.test(character) ? '' : character;
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(rng.uniform() * 40) }, part).join(''),
  );
}

const [folder = '', source] = process.argv.slice(2);
const stories =
  source === undefined
    ? toyStories({ trainStories: 300, validationStories: 0 }).train
    : readFileSync(source, 'utf8').split('<|endoftext|>');
const texts = [...stories, ...randomTexts(10_000, stories.join(' ').slice(0, 100_000).split(' '))];
for (const [name, kind] of Object.entries(tokenizers)) {
  const tokenizer = finishWork(kind.train(stories, { vocabularySize: 2048 }));
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'tokenizer.json'), JSON.stringify(tokenizerJson(tokenizer)));
  const lines = texts.map((text) => `${JSON.stringify([text, tokenizer.encode(text)])}\n`);
  writeFileSync(join(folder, name, 'samples.jsonl'), lines.join(''));
}
