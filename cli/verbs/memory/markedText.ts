import type { Output } from '../../output.js';
import { visible } from '../../../src/core/visible.js';

/** How much a token is marked: `part` from -1 to 1. */
export interface Mark {
  readonly part: number;
  /** What stands behind the token where there are no colours. */
  readonly label: string;
}

type Terminal = Pick<Output, 'columns' | 'colours'>;

/** Parts below this are not worth a mark. */
const LEAST = 0.03;

/** A token as it is shown: a line end is visible. */
function shown(piece: string): string {
  return visible(piece.replaceAll('\n', '\u21b5')) || '\u00b7';
}

/** Characters that take two columns: East Asian ones and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;

function widthOf(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}

function painted(text: string, part: number, { colours }: Terminal): string {
  const size = Math.abs(part);
  const paint = (): string => {
    if (size > 0.5) return colours.red(text);
    if (size > 0.25) return colours.yellow(text);
    if (size > 0.1) return colours.green(text);
    return size > LEAST ? text : colours.dim(text);
  };
  return part < -LEAST ? colours.italic(paint()) : paint();
}

/** Tokens with their marks, as colours or, where there are none, as labels; in lines that fit beside two blanks. */
export function markedText(pieces: readonly string[], marks: readonly Mark[], terminal: Terminal): string[] {
  const most = Math.max(20, terminal.columns - 3);
  const lines: string[] = [];
  let [line, width] = ['', 0];
  for (const [i, piece] of pieces.entries()) {
    const { part, label } = marks[i] ?? { part: 0, label: '' };
    const hasLabel = !terminal.colours.isColorSupported && Math.abs(part) > LEAST;
    const text = shown(piece) + (hasLabel ? `[${label}]` : '');
    const own = widthOf(text);
    if (width > 0 && width + own > most) {
      lines.push(line);
      [line, width] = ['', 0];
    }
    line += painted(text, part, terminal);
    width += own;
  }
  return [...lines, line];
}
