import type { Tokenizer } from '../data/index.js';
import { ConfigError } from '../src/core/errors.js';
import { type ExportFile, jsonFile } from './contract.js';

/** Content of the token that ends a text. */
export const END_OF_TEXT = '<|endoftext|>';

/** White space as JavaScript has it, spelt out: the programs that read the file differ in what `\s` is. */
const SPACE = '\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** The words of GPT-2. */
const WORDS =
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+` +
  `|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`;

/**
 * GPT-2's letter for each byte: printable bytes are themselves, the others the letters from U+0100 on.
 *
 * Source: Radford et al. 2019, encoder.py.
 */
function byteLetters(): readonly string[] {
  let others = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(isPrintable ? byte : others++);
  });
}

const special = { SpecialToken: { id: END_OF_TEXT, type_id: 0 } };
const sequence = (id: 'A' | 'B'): object => ({ Sequence: { id, type_id: 0 } });
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };

/**
 * The tokenizer as Hugging Face's tokenizer.json: a unigram model of equal scores, which cuts every word into as few
 * pieces as possible. It encodes to the same ids; the end-of-text token goes before a text unless special tokens are
 * left out, and unlike here it is that token too where a text spells it.
 *
 * @throws ConfigError for a tokenizer that has no such form, with the reason.
 */
export function tokenizerJson({ name, unigram, endOfText }: Tokenizer): object {
  if (!unigram) {
    throw new ConfigError(`export: expected a tokenizer that tokenizer.json can hold, got '${name}'`);
  }
  if ('refused' in unigram) throw new ConfigError(`export: ${unigram.refused}`);
  const letters = byteLetters();
  const spelt = (byteString: string): string =>
    Array.from(byteString, (byte) => letters[byte.charCodeAt(0)]).join('');
  const pieces = [...letters, END_OF_TEXT, ...unigram.pieces.map(spelt)];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: endOfText,
        content: END_OF_TEXT,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special, sequence('A')],
      pair: [special, sequence('A'), sequence('B')],
      special_tokens: { [END_OF_TEXT]: { id: END_OF_TEXT, ids: [endOfText], tokens: [END_OF_TEXT] } },
    },
    decoder: byteLevel,
    model: {
      type: 'Unigram',
      unk_id: endOfText,
      vocab: pieces.map((piece) => [piece, -1]),
      byte_fallback: false,
    },
  };
}

/** The file tokenizer.json of an export, where the tokenizer has that form. */
export function tokenizerFiles(tokenizer: Tokenizer): readonly ExportFile[] {
  const { unigram } = tokenizer;
  const hasForm = unigram !== undefined && 'pieces' in unigram;
  return hasForm ? [jsonFile('tokenizer.json', tokenizerJson(tokenizer))] : [];
}
