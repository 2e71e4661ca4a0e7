import type { InferenceSession } from './onnxRuntime.js';

/** Engines that may end without using a session before it is released: a cell has one to train and one to test. */
const ENGINES = 16;
/** A process that holds more keeps no sessions, whose buffers stay as large as they were. */
const MOST_BYTES = 2 ** 30;

interface Spare {
  readonly session: InferenceSession;
  readonly since: number;
}

/**
 * Sessions that an engine left for the next ones of the same process: a graph that was made ready once is not made ready
 * again. A session holds no numbers of its own, so whoever takes it gets the results that a new one would give.
 */
export class SpareSessions {
  private readonly spares = new Map<string, Spare>();
  private engines = 0;

  /** @param mostBytes memory of the process above which nothing is kept. */
  constructor(private readonly mostBytes = MOST_BYTES) {}

  /** A session with this graph and these options, if there is one; it is the caller's from then on. */
  take(key: string): InferenceSession | undefined {
    const spare = this.spares.get(key);
    this.spares.delete(key);
    return spare?.session;
  }

  /** Leaves a session that is not in use. */
  async give(key: string, session: InferenceSession): Promise<void> {
    const before = this.take(key);
    this.spares.set(key, { session, since: this.engines });
    await before?.release();
  }

  /** Says that an engine has ended, and releases what no engine has used for long. */
  async endEngine(): Promise<void> {
    this.engines += 1;
    const isFull = process.memoryUsage.rss() > this.mostBytes;
    const old = [...this.spares].filter(([, { since }]) => isFull || this.engines - since > ENGINES);
    for (const [key] of old) await this.take(key)?.release();
  }
}
