import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { count, natural, parsed } from '../../../src/core/schema.js';

/** Texts of one request at most. */
const MOST_TEXTS = 128;

/** An option of other servers that this one has only one value of. */
function only<Value extends number | string | boolean | null>(value: Value, meaning: string) {
  return z
    .custom<Value>((given) => given === value || given === null, `${JSON.stringify(value)}, since ${meaning}`)
    .optional();
}

const stops = z.array(z.string().min(1)).max(16);

const schema = z.strictObject({
  model: z.string().optional(),
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(MOST_TEXTS)]).default(''),
  max_tokens: count.nullish(),
  temperature: z.number().min(0).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: natural.nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().gt(0).nullish(),
  n: count.max(MOST_TEXTS).nullish(),
  seed: natural.nullish(),
  stop: z.union([z.string().min(1), stops]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
  echo: z.boolean().nullish(),
  user: z.string().optional(),
  logprobs: only(null, 'probabilities are not given'),
  suffix: only(null, 'text is not inserted'),
  logit_bias: only(null, 'logits are not changed'),
  frequency_penalty: only(0, 'repetition_penalty is what there is'),
  presence_penalty: only(0, 'repetition_penalty is what there is'),
  best_of: only(1, 'each text that is written is given'),
});

/** What a client asks for, with defaults: those of OpenAI's interface. */
export interface CompletionRequest {
  readonly model: string | undefined;
  /** One for each text that is asked for. */
  readonly prompts: readonly string[];
  /** Of the prompts, without the copies for `n`. */
  readonly distinct: readonly string[];
  readonly tokens: number;
  readonly sampling: {
    readonly temperature: number;
    readonly topK: number;
    readonly topP: number;
    readonly minP: number;
    readonly repetitionPenalty: number;
  };
  readonly seed: number;
  readonly stops: readonly string[];
  readonly stream: boolean;
  readonly usage: boolean;
  readonly echo: boolean;
}

/**
 * A request as it came.
 *
 * @throws ConfigError with the path of every fault.
 */
export function readRequest(body: unknown): CompletionRequest {
  const given = parsed(schema, body, 'body');
  const distinct = typeof given.prompt === 'string' ? [given.prompt] : given.prompt;
  const copies = given.n ?? 1;
  const all = distinct.flatMap((prompt) => Array<string>(copies).fill(prompt));
  parsed(z.array(z.string()).max(MOST_TEXTS), all, 'body.prompt times n');
  const { stop } = given;
  return {
    model: given.model,
    prompts: all,
    distinct,
    tokens: given.max_tokens ?? 16,
    sampling: {
      temperature: given.temperature ?? 1,
      topK: given.top_k ?? 0,
      topP: given.top_p ?? 1,
      minP: given.min_p ?? 0,
      repetitionPenalty: given.repetition_penalty ?? 1,
    },
    seed: given.seed ?? randomInt(2 ** 40),
    stops: typeof stop === 'string' ? [stop] : (stop ?? []),
    stream: given.stream ?? false,
    usage: given.stream_options?.include_usage ?? false,
    echo: given.echo ?? false,
  };
}

/** Lets a text through up to the first stop; holds back what may be the beginning of one. */
export function createStopFilter(stops: readonly string[]) {
  let held = '';
  let stopped = false;
  const longest = (text: string): number => {
    const ends = stops.map((stop) => {
      for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
        if (stop.startsWith(text.slice(-length))) return length;
      }
      return 0;
    });
    return Math.max(0, ...ends);
  };
  return {
    get stopped(): boolean {
      return stopped;
    },
    push(piece: string): string {
      if (stopped) return '';
      const text = held + piece;
      const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
      stopped = places.length > 0;
      const open = stopped ? Math.min(...places) : text.length - longest(text);
      held = text.slice(open);
      return text.slice(0, open);
    },
    /** What was held back of a text that has ended. */
    end(): string {
      return stopped ? '' : held;
    },
  };
}
