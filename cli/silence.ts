import { performance } from 'node:perf_hooks';
import { isatty } from 'node:tty';
import { Worker } from 'node:worker_threads';

/** Long work is told of before two seconds have gone by without a word; in a pipe then after twice as long each time. */
export const FIRST_SILENCE_MS = 1500;
export const LONGEST_SILENCE_MS = 10_000;
/** On a terminal its line changes so often. */
const REDRAW_MS = 1000;

/** Takes away what is drawn on the line of the cursor. */
export const ERASE = '\r\u001b[K';

/** What the thread and the program share: counts and flags. */
const state = new Int32Array(new SharedArrayBuffer(16));
/** How often something was said or drawn, or would have been if it were time. */
const NEWS = 0;
/** Whether the program waits for a person or for other processes. */
const WAITS = 1;
/** Whether the thread has drawn on the terminal since. */
const DRAWN = 2;
/** Whether the last text on the terminal has not come to the end of its line. */
const MID_LINE = 3;

interface Watcher {
  readonly worker: Worker;
  /** The terminal that the thread draws on; none where people read a pipe. */
  readonly terminal: NodeJS.WriteStream | undefined;
}

let watcher: Watcher | undefined;

function takeAwayDrawing(): void {
  if (Atomics.exchange(state, DRAWN, 0) === 1) watcher?.terminal?.write(ERASE);
}

/** To be called before a text is said: it breaks the silence. */
export function breaksSilence(text: string): void {
  Atomics.add(state, NEWS, 1);
  takeAwayDrawing();
  const ends = text === '' || text.endsWith('\n') || text.startsWith(ERASE);
  Atomics.store(state, MID_LINE, ends ? 0 : 1);
}

/** Says that there is news which is not to be printed yet. */
export function hasNews(): void {
  Atomics.add(state, NEWS, 1);
}

/** What a status line shows, to which the thread adds how long nothing is new; '' where it is taken away. */
export function statusIs(text: string, columns: number): void {
  watcher?.worker.postMessage({ text, columns });
}

/** Whether the program now waits for a person or for other processes: its silence is no long work then. */
export function waitsForOthers(waits: boolean): void {
  Atomics.store(state, WAITS, waits ? 1 : 0);
}

/* As text: a loader of TypeScript that the sources may run under does not reach threads. */
const PROGRAM = `
  const { writeSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const { state, fd, isTerminal, firstMs, longestMs, redrawMs, erase, sinceMs } = workerData;
  const clock = () => Number(process.hrtime.bigint()) / 1e6; // that of all threads
  const [NEWS, WAITS, DRAWN, MID_LINE] = [0, 1, 2, 3];
  let [seen, newsAt, saidAt, silenceMs] = [Atomics.load(state, NEWS), sinceMs, -Infinity, firstMs];
  let status = { text: '', columns: workerData.columns };
  parentPort.on('message', (shown) => (status = shown));
  const draw = (fact) => {
    if (Atomics.exchange(state, MID_LINE, 0) === 1) writeSync(fd, '\\n');
    Atomics.store(state, DRAWN, 1);
    const { text, columns } = status;
    const room = columns - 4 - fact.length;
    writeSync(fd, erase + (text === '' ? '... still working, ' + fact : text.slice(0, Math.max(0, room)) + ' (' + fact + ')'));
  };
  setInterval(() => {
    const [count, now] = [Atomics.load(state, NEWS), clock()];
    if (count !== seen || Atomics.load(state, WAITS) === 1) [seen, newsAt, silenceMs] = [count, now, firstMs];
    if (now - Math.max(newsAt, saidAt) < silenceMs) return;
    saidAt = now;
    silenceMs = isTerminal ? redrawMs : Math.min(longestMs, 2 * silenceMs);
    const fact = 'nothing new for ' + Math.round((now - newsAt) / 1000) + ' s';
    try {
      if (isTerminal) draw(fact);
      else writeSync(fd, '... still working, ' + fact + '\\n');
    } catch {} // nobody reads it
  }, 125);`;

/** The stream that people watch, and its width. */
interface Watched {
  readonly json: boolean;
  readonly interactive: boolean;
  readonly columns: number;
}

/**
 * Starts a thread that tells of long work also while the main thread is in one call, such as the compilation of a large
 * model. Where nothing has been said for almost two seconds it says on stderr that the work goes on, less and less often; on
 * a terminal it counts the seconds instead, in the status line or on a line that the next words take the place of.
 *
 * @returns what ends it.
 */
export function breakSilence({ json, interactive, columns }: Watched): () => void {
  const fd = interactive && !json ? 1 : 2;
  const isTerminal = isatty(fd);
  const workerData = {
    state,
    fd,
    isTerminal,
    columns,
    erase: ERASE,
    firstMs: FIRST_SILENCE_MS,
    longestMs: LONGEST_SILENCE_MS,
    redrawMs: REDRAW_MS,
    // A process that has only started has been silent from there on.
    sinceMs: Number(process.hrtime.bigint()) / 1e6 - Math.min(1000, performance.now()),
  };
  const worker = new Worker(PROGRAM, { eval: true, workerData });
  worker.on('error', () => undefined); // then nothing is said, and all else goes on
  worker.unref();
  const stream = fd === 1 ? process.stdout : process.stderr;
  watcher = { worker, terminal: isTerminal ? stream : undefined };
  waitsForOthers(false);
  return () => {
    waitsForOthers(true); // it may live a little longer
    takeAwayDrawing();
    watcher = undefined;
    void worker.terminate();
  };
}
