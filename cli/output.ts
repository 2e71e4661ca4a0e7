import { performance } from 'node:perf_hooks';
import pc from 'picocolors';
import { toJson } from '../report/json.js';
import type { Progress } from '../data/index.js';
import { formatBar, formatBytes } from './format.js';
import { visible } from '../src/core/visible.js';

type Colours = ReturnType<typeof pc.createColors>;

/** Where a verb prints: its result on stdout, everything else on stderr. */
export interface Output {
  readonly json: boolean;
  /** Whether people watch: the stream of `line` and `status` is a terminal. */
  readonly interactive: boolean;
  /** Columns of that terminal. */
  readonly columns: number;
  /** Colours of that stream; they do nothing under NO_COLOR or in a pipe. */
  readonly colours: Colours;
  /** One line for people: stdout, or stderr beside `--json`; control characters in it are made visible. */
  line(text?: string): void;
  /** Text without a line's end: as it is in a pipe, made visible in a terminal. */
  write(text: string): void;
  /** Text that drives the terminal. */
  draw(text: string): void;
  /** A remark that is no result: stderr. */
  note(text: string): void;
  /** The one JSON document of `--json`. */
  document(value: unknown): void;
}

/** The streams of a process; a terminal among them says its width, which changes when it is resized. */
interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/** A pipe has no `isTTY`. */
type Stream = Partial<Pick<NodeJS.WriteStream, 'isTTY'>> &
  Pick<NodeJS.WriteStream, 'columns'> & { write(text: string): unknown };

/** Columns of a stream that does not say how many it has. */
const COLUMNS = 80;

/** The styles that verbs use: dim, italic, red, green, yellow, and their ends. */
const STYLES = /(\u001b\[(?:2|3|22|23|31|32|33|39)m)/;

/** What verbs have coloured stays so; text from elsewhere can at worst be coloured too. */
function visibleBesideStyles(text: string): string {
  const parts = text.split(STYLES);
  return parts.map((part, i) => (i % 2 === 1 ? part : visible(part))).join('');
}

/** An output over the process's streams. */
export function createOutput(json: boolean, { stdout, stderr }: Streams = process): Output {
  const people = json ? stderr : stdout;
  const interactive = people.isTTY === true;
  const coloured = pc.isColorSupported && interactive;
  const shown = (text: string): string => (coloured ? visibleBesideStyles(text) : visible(text));
  return {
    json,
    interactive,
    get columns() {
      // Some terminals have none until they are drawn.
      return people.columns > 0 ? people.columns : COLUMNS;
    },
    colours: pc.createColors(coloured),
    line: (text = '') => void people.write(`${shown(text)}\n`),
    write: (text) => void people.write(interactive ? shown(text) : text),
    draw: (text) => void people.write(text),
    note: (text) => void stderr.write(`${visible(text)}\n`),
    document: (value) => void stdout.write(toJson(value)),
  };
}

/** Columns of text that is broken into lines: those of the terminal, but not so many that lines are hard to read. */
export function cardWidth({ columns }: Output): number {
  return Math.min(100, columns - 1);
}

const REDRAW_MS = 100;
const ERASE = '\r\u001b[K';

/** One line at the bottom of a terminal that is drawn over; nothing at all in a pipe. */
export interface StatusLine {
  /** Draws a line, cut to the terminal, at most ten times a second. */
  show(text: string): void;
  /** Draws a bar for a fraction with facts behind it; in a pipe prints them, at most one line per interval. */
  progress(fraction: number, facts: string): void;
  /** Draws a line; in a pipe prints it, at most one per interval. */
  report(text: string): void;
  /** Prints a line above. */
  say(text: string): void;
  /** Takes the line away, so that other text can be printed. */
  clear(): void;
}

/** A status line on the output's terminal; `everyMs` is the interval of progress in a pipe, `lineAt` when one was printed. */
export function createStatusLine(output: Output, everyMs = 0, lineAt = -Infinity): StatusLine {
  let [drawnAt, drawn, printedAt] = [-Infinity, false, lineAt];
  const line: StatusLine = {
    show(text) {
      const now = performance.now();
      if (!output.interactive || now - drawnAt < REDRAW_MS) return;
      [drawnAt, drawn] = [now, true];
      output.draw(`${ERASE}${visible(text).slice(0, output.columns - 1)}`);
    },
    progress(fraction, facts) {
      const percent = `${(100 * fraction).toFixed(0)} %`.padStart(5);
      if (output.interactive) {
        const width = Math.max(10, Math.min(40, output.columns - facts.length - 12));
        return line.show(`${formatBar(fraction, width)} ${percent}  ${facts}`);
      }
      line.report(`${percent}  ${facts}`);
    },
    report(text) {
      if (output.interactive) return line.show(text);
      const now = performance.now();
      if (now - printedAt < everyMs) return;
      printedAt = now;
      output.line(text);
    },
    say(text) {
      line.clear();
      output.line(text);
    },
    clear() {
      if (drawn) output.draw(ERASE);
      [drawnAt, drawn] = [-Infinity, false];
    },
  };
  return line;
}

/** Long work on text is told of after this time without a word, and again after each more of it. */
const SILENCE_MS = 2000;

/** The line of long work on text. */
export interface WorkLine {
  readonly show: (progress: Progress) => void;
  readonly clear: () => void;
}

/** Shows how far long work on text is: on a terminal as it goes, in a pipe from two seconds on. */
export function createWorkLine(output: Output): WorkLine {
  let status = createStatusLine(output, SILENCE_MS, performance.now());
  return {
    show: ({ doing, bytes, total }) => {
      if (bytes === 0) {
        status.clear();
        status = createStatusLine(output, SILENCE_MS, performance.now());
      }
      const facts = `${doing}, ${formatBytes(bytes)}`;
      if (total === undefined) status.report(facts);
      else status.progress(Math.min(1, bytes / Math.max(1, total)), facts);
    },
    clear: () => status.clear(),
  };
}
