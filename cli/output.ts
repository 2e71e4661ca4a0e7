import { performance } from 'node:perf_hooks';
import pc from 'picocolors';
import { toJson } from '../report/json.js';
import type { Progress } from '../data/index.js';
import { formatBar, formatBytes } from './format.js';
import { breaksSilence, ERASE, FIRST_SILENCE_MS, hasNews, LONGEST_SILENCE_MS, statusIs } from './silence.js';
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
  const say = (stream: Stream, text: string): void => {
    breaksSilence(text);
    stream.write(text);
  };
  return {
    json,
    interactive,
    get columns() {
      // Some terminals have none until they are drawn.
      return people.columns > 0 ? people.columns : COLUMNS;
    },
    colours: pc.createColors(coloured),
    line: (text = '') => say(people, `${shown(text)}\n`),
    write: (text) => say(people, interactive ? shown(text) : text),
    draw: (text) => say(people, text),
    note: (text) => say(stderr, `${visible(text)}\n`),
    document: (value) => say(stdout, toJson(value)),
  };
}

/** Columns of text that is broken into lines: those of the terminal, but not so many that lines are hard to read. */
export function cardWidth({ columns }: Output): number {
  return Math.min(100, columns - 1);
}

const REDRAW_MS = 100;

/** One line at the bottom of a terminal that is drawn over. Elsewhere its texts are printed, at intervals that grow. */
export interface StatusLine {
  /** A new piece of work begins, whose first words are due two seconds after the last ones, or after so long. */
  begin(dueMs?: number): void;
  /** Draws a bar for a fraction with facts behind it, or prints them. */
  progress(fraction: number, facts: string): void;
  /** Draws a line, cut to the terminal, at most ten times a second, or prints it. */
  show(text: string): void;
  /** Prints a line above. */
  say(text: string): void;
  /** Takes the line away, so that other text can be printed. */
  clear(): void;
}

/**
 * A status line on the output's terminal.
 *
 * @param isLog whether what it prints where there is no terminal belongs to what the verb says; otherwise it is kept apart
 *   from the verb's result, on stderr.
 */
export function createStatusLine(output: Output, isLog = false): StatusLine {
  let [drawnAt, drawn] = [-Infinity, false];
  let [saidAt, silenceMs] = [performance.now(), FIRST_SILENCE_MS];
  const line: StatusLine = {
    begin(dueMs = FIRST_SILENCE_MS) {
      silenceMs = dueMs;
    },
    progress(fraction, facts) {
      const percent = `${(100 * fraction).toFixed(0)} %`.padStart(5);
      const width = Math.max(10, Math.min(40, output.columns - facts.length - 12));
      line.show(`${output.interactive ? `${formatBar(fraction, width)} ` : ''}${percent}  ${facts}`);
    },
    show(text) {
      const now = performance.now();
      hasNews();
      if (!output.interactive) {
        if (now - saidAt < silenceMs) return;
        silenceMs = Math.min(LONGEST_SILENCE_MS, Math.max(FIRST_SILENCE_MS, 2 * silenceMs));
        saidAt = now;
        return isLog ? output.line(text) : output.note(`... ${text.trimStart()}`);
      }
      if (now - drawnAt < REDRAW_MS) return;
      [drawnAt, drawn] = [now, true];
      const shown = visible(text).slice(0, output.columns - 1);
      output.draw(`${ERASE}${shown}`);
      statusIs(shown, output.columns);
    },
    say(text) {
      line.clear();
      saidAt = performance.now();
      output.line(text);
    },
    clear() {
      if (drawn) {
        output.draw(ERASE);
        statusIs('', output.columns);
      }
      [drawnAt, drawn] = [-Infinity, false];
    },
  };
  return line;
}

/** Shows how far long work on text is. */
export function showWork(status: StatusLine, { doing, bytes, total }: Progress): void {
  if (bytes === 0) status.begin();
  const facts = `${doing}, ${formatBytes(bytes)}`;
  if (total === undefined) status.show(facts);
  else status.progress(Math.min(1, bytes / Math.max(1, total)), facts);
}
