import { createStreamDecoder, encodeText, type Tokenizer } from '../../../data/index.js';
import { Rng } from '../../../src/core/rng.js';
import type { Decoder } from '../../../src/model/decode.js';
import { drawTokens } from '../../../src/model/draw.js';
import type { SampleOptions } from '../../../src/model/sample.js';
import type { ConversationState } from './stateFile.js';

/** Prompts that can be taken back. */
const UNDOS = 20;

export interface ConversationOptions {
  readonly decoder: Decoder;
  readonly tokenizer: Tokenizer;
  /** Most tokens of an answer. */
  readonly tokens: number;
  readonly sampling: SampleOptions;
  readonly seed: number;
}

/** A text that two write in turn; the model remembers it in its memories alone, of constant size. */
export class Conversation {
  private pending: number[];
  private rng: Rng;
  private readonly before: ConversationState[] = [];

  constructor(private readonly options: ConversationOptions) {
    this.pending = [options.tokenizer.endOfText];
    this.rng = Rng.fromSeed(options.seed).derive('generate');
  }

  /** How many prompts can be taken back. */
  get undos(): number {
    return this.before.length;
  }

  /** The model reads a text and goes on with it; the text is set off from what stands before it by a blank. */
  async say(text: string, signal: AbortSignal, onText: (piece: string) => void): Promise<void> {
    const { decoder, tokenizer, tokens, sampling } = this.options;
    const { endOfText } = tokenizer;
    const isStart = this.pending.at(-1) === endOfText;
    const whole = isStart || text === '' || /^\s/.test(text) ? text : ` ${text}`;
    const read = await encodeText(whole, tokenizer);
    const context = this.pending.concat(read);
    const state = await this.state();
    const pieces = createStreamDecoder(tokenizer);
    let [drawn, last] = [0, -1];
    try {
      const drawing = { context, endOfText, tokens, sampling, rng: this.rng, signal };
      for await (const id of drawTokens(decoder, drawing)) {
        drawn++;
        last = id;
        onText(pieces.push(id));
      }
      onText(pieces.end());
    } catch (error) {
      this.restore(state); // what was half read is taken back
      throw error;
    }
    // Stopped before an answer began, what was read of the text is taken back.
    if (drawn === 0) return this.restore(state);
    this.pending = [last];
    this.before.push(state);
    if (this.before.length > UNDOS) this.before.shift();
  }

  /** Takes the last prompt and its answer back; false where there is none. */
  undo(): boolean {
    const state = this.before.pop();
    if (state) this.restore(state);
    return state !== undefined;
  }

  /** Begins anew. */
  async reset(): Promise<void> {
    this.before.push(await this.state());
    await this.options.decoder.reset();
    this.pending = [this.options.tokenizer.endOfText];
  }

  async state(): Promise<ConversationState> {
    return { memory: await this.options.decoder.save(), pending: this.pending, rng: this.rng.state };
  }

  /** @throws ShapeError for the state of another model or length of cache. */
  restore({ memory, pending, rng }: ConversationState): void {
    this.options.decoder.restore(memory);
    this.pending = [...pending];
    this.rng = Rng.fromState(rng);
  }

  /** Goes on from a saved state; this can be taken back, too. */
  async load(state: ConversationState): Promise<void> {
    const before = await this.state();
    this.restore(state);
    this.before.push(before);
  }
}
