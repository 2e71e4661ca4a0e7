import { Rng } from '../src/core/rng.js';
import type { TokenBytes } from '../src/core/streamDecoder.js';
import type { Engine } from '../src/engine/engine.js';
import { BatchDecoder } from '../src/model/batch.js';
import { Decoder } from '../src/model/decode.js';
import { drawText } from '../src/model/draw.js';
import type { Model } from '../src/model/model.js';
import type { SampleOptions } from '../src/model/sample.js';
import { median } from './median.js';

/** Texts at once. */
const ROWS = 32;
/** Tokens of each text that is timed. */
const TOKENS = 200;
const PROMPT = 30;

/** Whole texts as `generate` writes them: drawn, decoded and given out piece by piece. */
export interface TextsTiming {
  /** Of one text. */
  readonly one: { readonly tokensPerSecond: number };
  /** Of as many texts in one batch, all together. */
  readonly together: {
    readonly rows: number;
    readonly tokensPerSecond: number;
    /** Of the model alone in a batch of as many rows. */
    readonly modelTokensPerSecond: number;
  };
}

/** Each id is one letter, and no text ends by itself. */
const LETTERS: TokenBytes = { endOfText: -1, bytesOf: () => Uint8Array.of(97) };

interface Setting {
  readonly engine: Engine;
  readonly model: Model;
  readonly sampling: SampleOptions;
  readonly rng: Rng;
}

async function secondsOf(body: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await body();
  return (performance.now() - start) / 1000;
}

async function timeOne({ engine, model, sampling, rng }: Setting): Promise<number> {
  const decoder = Decoder.create(engine, model, 1);
  const context = Array<number>(PROMPT).fill(1);
  const write = async (): Promise<void> => {
    await decoder.reset();
    let letters = 0;
    for await (const piece of drawText(decoder, LETTERS, { context, tokens: TOKENS, sampling, rng })) {
      letters += piece.length;
    }
    if (letters !== TOKENS) throw new Error(`expected ${TOKENS} letters, got ${letters}`);
  };
  await write(); // compiles
  const seconds: number[] = [];
  for (let i = 0; i < 5; i++) seconds.push(await secondsOf(write));
  await decoder.dispose();
  return TOKENS / median(seconds);
}

async function timeTogether({ engine, model, sampling, rng }: Setting): Promise<number> {
  const batch = new BatchDecoder(engine, model, { rows: ROWS });
  const context = Array<number>(PROMPT).fill(1);
  const write = async (): Promise<void> => {
    const texts = Array.from({ length: ROWS }, (_, i) =>
      batch.write({
        context,
        endOfText: -1,
        tokens: TOKENS,
        sampling,
        rng: rng.derive(i),
        onToken: () => undefined,
      }),
    );
    await Promise.all(texts);
  };
  await write();
  const seconds: number[] = [];
  for (let i = 0; i < 3; i++) seconds.push(await secondsOf(write));
  await batch.dispose();
  return (ROWS * TOKENS) / median(seconds);
}

async function timeModel({ engine, model }: Setting): Promise<number> {
  const decoder = Decoder.create(engine, model, ROWS);
  const ids = new Int32Array(ROWS).fill(1);
  const room = new Float32Array(ROWS * model.vocabularySize);
  const seconds: number[] = [];
  for (let i = 0; i < 2 * TOKENS; i++)
    seconds.push(await secondsOf(async () => void (await decoder.next(ids, room))));
  await decoder.dispose();
  return ROWS / median(seconds.slice(TOKENS));
}

/** Times whole texts, one and as many together. */
export async function timeTexts(setting: Setting): Promise<TextsTiming> {
  const one = await timeOne(setting);
  const together = await timeTogether(setting);
  const modelTokensPerSecond = await timeModel(setting);
  return {
    one: { tokensPerSecond: one },
    together: { rows: ROWS, tokensPerSecond: together, modelTokensPerSecond },
  };
}
