import { performance } from 'node:perf_hooks';
import type { Output } from './output.js';

const REDRAW_MS = 100;
const ERASE = '\r\u001b[K';

/** One line at the bottom of a terminal that is drawn over; nothing at all in a pipe. */
export interface StatusLine {
  /** Draws a line, cut to the terminal, at most ten times a second. */
  show(text: string): void;
  /** Takes the line away, so that other text can be printed. */
  clear(): void;
}

/** A status line on the output's terminal. */
export function createStatusLine(output: Output): StatusLine {
  let [drawnAt, drawn] = [-Infinity, false];
  return {
    show(text) {
      const now = performance.now();
      if (!output.interactive || now - drawnAt < REDRAW_MS) return;
      [drawnAt, drawn] = [now, true];
      output.write(`${ERASE}${text.slice(0, output.columns - 1)}`);
    },
    clear() {
      if (drawn) output.write(ERASE);
      [drawnAt, drawn] = [-Infinity, false];
    },
  };
}
