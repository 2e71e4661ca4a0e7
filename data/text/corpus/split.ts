import { ConfigError, DataError } from '../../../src/core/errors.js';

import type { Work } from '../work.js';

/** Stories of the two splits. */
export interface SplitStories {
  readonly train: Iterable<string>;
  readonly validation: Iterable<string>;
}

/**
 * Checks the share of stories that is held out.
 *
 * @throws ConfigError when it is not above 0 and at most 0.5.
 */
export function checkFraction(fraction: number): void {
  if (fraction > 0 && fraction <= 0.5) return;
  throw new ConfigError(
    `data.validationFraction: expected a number above 0 and at most 0.5, got ${fraction}`,
  );
}

function* filtered(stories: Iterable<string>, keep: (index: number) => boolean): Generator<string> {
  let index = 0;
  for (const story of stories) if (keep(index++)) yield story;
}

/** A place near `target` to cut a text: after a newline, else after white space, else between characters. */
function cutNear(text: string, target: number): number {
  for (const pattern of ['\n', ' ']) {
    const at = text.lastIndexOf(pattern, target);
    if (at > text.length / 2) return at;
  }
  return /[\uDC00-\uDFFF]/.test(text.charAt(target)) ? target + 1 : target;
}

function splitText(where: string, text: string, fraction: number): SplitStories {
  const at = cutNear(text, Math.floor(text.length * (1 - fraction)));
  const [head, tail] = [text.slice(0, at).trim(), text.slice(at).trim()];
  if (head !== '' && tail !== '') return { train: [head], validation: [tail] };
  throw new DataError(
    `${where}: expected enough text to hold a part out for validation, got ${text.length} characters; ` +
      'use more text',
  );
}

/** Number of stories, and the text when there is only one. */
function* survey(stories: Iterable<string>): Work<{ readonly count: number; readonly only: string }> {
  let count = 0;
  let only = '';
  for (const story of stories) {
    count += 1;
    only = count === 1 ? story : '';
    yield Buffer.byteLength(story);
  }
  return { count, only };
}

/**
 * Splits stories that come without a validation file: every n-th story is held out, n = 1 / fraction, and of
 * a shorter list the last one. A single text is cut near its end, at a line where there is one.
 *
 * Reads all stories once to count them.
 *
 * @throws DataError when one text is too short to be cut.
 */
export function* splitStories(
  where: string,
  stories: Iterable<string>,
  fraction: number,
): Work<SplitStories> {
  const { count, only } = yield* survey(stories);
  if (count === 1) return splitText(where, only, fraction);
  const period = Math.min(count, Math.round(1 / fraction));
  const heldOut = (index: number): boolean => index % period === period - 1;
  return {
    train: { [Symbol.iterator]: () => filtered(stories, (index) => !heldOut(index)) },
    validation: { [Symbol.iterator]: () => filtered(stories, heldOut) },
  };
}
