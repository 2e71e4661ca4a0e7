import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SAME_REQUEST_MS, STOP_SIGNALS } from '../experiments/grid/stopSignals.js';

/** How long the main thread may take to hear a request before this one answers it. */
const PATIENCE_MS = 300;

/*
 * The program of the thread, as text: a loader of TypeScript that the sources may run under does not reach threads.
 *
 * `signal_wrap` is what `process.on` watches signals with. Node hands signals to its main thread only and has nothing
 * public that hears them elsewhere. In a Node without it the thread ends, and the main thread hears signals when it can.
 */
const PROGRAM = `
  const { writeSync } = require('node:fs');
  const { answers, heard, answered, sameRequestMs, patienceMs } = require('node:worker_threads').workerData;
  process.noDeprecation = true; // DEP0111 is nothing that a user could act on
  const { Signal } = process.binding('signal_wrap');
  let [requests, requestedAt] = [0, -Infinity];
  const hear = (answer) => {
    const now = performance.now();
    if (now - requestedAt < sameRequestMs) return;
    requestedAt = now;
    requests++;
    Atomics.wait(heard, 0, requests - 1, patienceMs);
    if (Atomics.load(heard, 0) >= requests) return;
    if (requests > 1) process.kill(process.pid, 'SIGKILL');
    else if (Atomics.exchange(answered, 0, 1) === 0) writeSync(2, answer);
  };
  for (const [signal, answer] of answers) {
    const watch = new Signal();
    watch.onsignal = () => hear(answer);
    watch.start(signal);
  }`;

/** A thread that hears requests to stop while the main thread is in one long call, such as a step of a large model. */
export interface SignalThread {
  /** To be called when the main thread hears a request; gives whether the first one has still to be answered. */
  readonly hear: () => boolean;
  /** Ends it. A signal that came while it still listens alone would be lost, so listen until it has ended. */
  readonly end: () => Promise<unknown>;
}

/** Starts the thread; it says `answerTo` at a first request that is not heard, and ends the process at a second one. */
export function startSignalThread(answerTo: (name: NodeJS.Signals) => string): SignalThread {
  const heard = new Int32Array(new SharedArrayBuffer(4));
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const answers = STOP_SIGNALS.map((name) => [constants.signals[name], `${answerTo(name)}\n`]);
  const workerData = { answers, heard, answered, sameRequestMs: SAME_REQUEST_MS, patienceMs: PATIENCE_MS };
  const worker = new Worker(PROGRAM, { eval: true, workerData });
  worker.on('error', () => undefined); // then the main thread alone hears signals
  worker.unref();
  return {
    hear: () => {
      Atomics.add(heard, 0, 1);
      Atomics.notify(heard, 0);
      return Atomics.exchange(answered, 0, 1) === 0;
    },
    end: () => worker.terminate(),
  };
}
