import { visible } from '../src/core/visible.js';

/** One thing that a card says. */
export interface CardLine {
  /** One word or two, such as `loss`. */
  readonly topic: string;
  /** Words, to be broken where a line is full. */
  readonly text?: string;
  /** Lines that must stay as they are, such as commands to copy. */
  readonly lines?: readonly string[];
}

/** Words in lines of at most so many characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * What a run came to on one screen: topics on the left, what is said of each beside them.
 *
 * Lines are at most `width` characters, but for commands and single words that are longer.
 */
export function cardText(said: readonly CardLine[], width: number): string {
  const margin = Math.max(...said.map(({ topic }) => topic.length)) + 2;
  return said
    .flatMap(({ topic, text = '', lines = [] }) =>
      [...wrapped(visible(text), width - margin), ...lines.map(visible)].map(
        (line, i) => `${(i === 0 ? topic : '').padEnd(margin)}${line}`,
      ),
    )
    .join('\n');
}
