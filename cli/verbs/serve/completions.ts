import { createStreamDecoder, encodePrompt, type Tokenizer } from '../../../data/index.js';
import { ConfigError } from '../../../src/core/errors.js';
import { Rng } from '../../../src/core/rng.js';
import type { BatchDecoder } from '../../../src/model/batch.js';
import { type CompletionRequest, createStopFilter } from './completionRequest.js';

/** Why a text ended: `shutdown` where the server ended before it. */
type Finish = 'stop' | 'length' | 'shutdown';

/** What the texts of a request are told through; `finish` comes once, last. */
export type OnPiece = (index: number, text: string, finish: Finish | null) => void;

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

interface TextRequest extends Pick<CompletionRequest, 'tokens' | 'sampling' | 'stops'> {
  readonly context: readonly number[];
  readonly seed: number;
  readonly controller: AbortController;
}

/** A model that writes for several clients. */
export class Writer {
  private readonly texts = new Set<AbortController>();
  private ending = false;

  constructor(
    readonly batch: BatchDecoder,
    private readonly tokenizer: Tokenizer,
  ) {}

  /** Ends every text where it is. */
  end(): void {
    this.ending = true;
    for (const controller of this.texts) controller.abort();
  }

  /**
   * Writes all texts of a request, at the same time. Text i is the one that `pavlov generate` gives with the seed
   * `seed + i`.
   *
   * @throws ConfigError for a prompt that is no text or does not fit; then no text goes on.
   */
  async write(request: CompletionRequest, signal: AbortSignal, onPiece: OnPiece): Promise<Usage> {
    const { tokenizer } = this;
    const contexts = new Map<string, readonly number[]>();
    for (const prompt of request.distinct) {
      contexts.set(prompt, await encodePrompt(prompt, tokenizer, signal));
    }
    const controllers = request.prompts.map(() => new AbortController());
    const abort = (): void => controllers.forEach((controller) => controller.abort());
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      const texts = controllers.map((controller, i) => {
        const context = contexts.get(request.prompts[i] ?? '') ?? [];
        const one = { ...request, context, seed: request.seed + i, controller };
        return this.writeText(one, (text, finish) => onPiece(i, text, finish));
      });
      const drawn = await Promise.all(texts);
      const prompt_tokens = request.distinct.reduce(
        (sum, one) => sum + (contexts.get(one)?.length ?? 1) - 1,
        0,
      );
      const completion_tokens = drawn.reduce((sum, count) => sum + count, 0);
      return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    } catch (error) {
      abort();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Writes one text; how many tokens. */
  private async writeText(
    { context, seed, controller, tokens, sampling, stops }: TextRequest,
    onPiece: (text: string, finish: Finish | null) => void,
  ): Promise<number> {
    const { endOfText } = this.tokenizer;
    const [pieces, filter] = [createStreamDecoder(this.tokenizer), createStopFilter(stops)];
    let [drawn, ended] = [0, false];
    const onToken = (id: number): void => {
      drawn++;
      ended = id === endOfText;
      const text = filter.push(pieces.push(id));
      if (text !== '') onPiece(text, null);
      if (filter.stopped) controller.abort();
    };
    const rng = Rng.fromSeed(seed).derive('generate');
    this.texts.add(controller);
    try {
      const { signal } = controller;
      await this.batch.write({ context, endOfText, tokens, sampling, rng, signal, onToken });
    } finally {
      this.texts.delete(controller);
    }
    const rest = filter.push(pieces.end()) + filter.end();
    const cutOff = this.ending && drawn < tokens ? 'shutdown' : 'length';
    onPiece(rest, ended || filter.stopped ? 'stop' : cutOff);
    return drawn;
  }
}

/** @throws ConfigError for the name of another model. */
export function checkModel(given: string | undefined, own: string): void {
  if (given === undefined || given === own) return;
  throw new ConfigError(`body.model: expected '${own}', got '${given}'; this server has one model`);
}
