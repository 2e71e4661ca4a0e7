import type { Decoder } from './decode.js';

/** Lengths of the pieces of a prompt, so that few graphs serve prompts of every length. */
const PIECES = [256, 64, 16, 4, 1] as const;

/** A prompt to read. */
interface Prompt {
  readonly context: readonly number[];
  /** Ids of it that were read. */
  read: number;
}

interface ReadPiece {
  readonly tokens: number;
  /** After the last piece of a prompt. */
  readonly logits?: Float32Array;
}

function same(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, i) => id === other[i]);
}

/** Reads prompts one after the other, piece by piece; the decoder has one row. */
export class PromptLane<Job extends Prompt> {
  readonly waiting: Job[] = [];
  /** The prompt that was read last: another text after the same one need not read it again. */
  private last: { readonly context: readonly number[]; readonly logits: Float32Array } | undefined;

  constructor(readonly decoder: Decoder) {}

  /** Reads the next piece of a prompt. */
  async read(job: Job): Promise<ReadPiece> {
    const { context, read } = job;
    if (read === 0 && this.last && same(this.last.context, context)) {
      return { tokens: 0, logits: this.last.logits };
    }
    this.last = undefined;
    if (read === 0) await this.decoder.reset();
    const tokens = PIECES.find((piece) => piece <= context.length - read) ?? 1;
    const logits = await this.decoder.next(Int32Array.from(context.slice(read, read + tokens)));
    job.read += tokens;
    if (job.read < context.length) return { tokens };
    this.last = { context, logits };
    return { tokens, logits };
  }

  /** The first of those that wait, and those behind it with the same prompt; at most so many. */
  first(most: number): Job[] {
    const [job] = this.waiting;
    if (!job) return [];
    const other = this.waiting.findIndex(({ context }) => !same(context, job.context));
    return this.waiting.slice(0, Math.min(most, other < 0 ? this.waiting.length : other));
  }

  /** Empties it after a failure; gives what waited. */
  clear(): Job[] {
    this.last = undefined;
    return this.waiting.splice(0);
  }
}
