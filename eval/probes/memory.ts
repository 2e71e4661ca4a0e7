import { NonFiniteError } from '../../src/core/errors.js';
import { tf, type Tensor, type Tensor2D } from '../../src/core/tf.js';
import { memoriesOf, memoryInputs } from '../../src/model/traces.js';
import type { Model } from '../../src/model/model.js';
import type { JsonValue, Probe, ProbePicture, ProbeReport, ProbeResult, ProbeSubject } from '../contract.js';
import { associations } from './associations.js';
import { headNames, skippedLayers } from './heads.js';
import { ownShare, reachOfReads, traceHead, type HeadTrace } from './headTrace.js';
import { measure, valuesAsRatios } from './measure.js';
import { openingOf, reachOf, storiesOf } from './sequences.js';

const NAME = 'memory';

/** Most tokens looked at. */
const TOKENS = 48;
const FEWEST_TOKENS = 8;
/** Most stories that the measurements average over. */
const STORIES = 16;
const FEWEST_STORIES = 4;

/** By layer: effects, read-outs, log decay and signals of one text. */
function traceFunction(model: Model) {
  return (ids: Tensor2D): Record<string, Tensor> =>
    Object.fromEntries(
      memoryInputs(model, ids).flatMap((head) => {
        const { effects, outputs } = associations(head);
        const { signals, logDecay } = head.input;
        const named = Object.entries(signals).map(
          ([name, x]) => [`${head.layer}.signal.${name}`, x] as const,
        );
        return [
          [`${head.layer}.effects`, effects] as const,
          [`${head.layer}.outputs`, outputs] as const,
          ...(logDecay ? [[`${head.layer}.signal.decay`, tf.exp(logDecay)] as const] : []),
          ...named,
        ];
      }),
    );
}

/** Everything found on one text: by head the trace, and its signals by name, one number per token. */
interface TextTrace {
  readonly heads: readonly HeadTrace[];
  readonly signals: readonly Readonly<Record<string, readonly number[]>>[];
}

type Arrays = ReadonlyMap<string, { readonly data: Float32Array; readonly shape: readonly number[] }>;

/** A signal `[b,M,T]` or `[b,M,T,K]` of one memory: one number per token, the mean over channels. */
function signalOf(data: Float32Array, [, M = 1, T = 1]: readonly number[], m: number): number[] {
  const K = data.length / (M * T);
  return Array.from({ length: T }, (_, t) => {
    const own = data.subarray((m * T + t) * K, (m * T + t + 1) * K);
    return own.reduce((sum, x) => sum + x, 0) / K;
  });
}

function textTrace(model: Model, arrays: Arrays, T: number): TextTrace {
  const none = { data: new Float32Array(), shape: [] };
  const found = memoriesOf(model).flatMap(({ layer, memory: { H, V } }) => {
    const { data: effects } = arrays.get(`${layer}.effects`) ?? none;
    const { data: outputs } = arrays.get(`${layer}.outputs`) ?? none;
    const prefix = `${layer}.signal.`;
    const named = [...arrays].filter(([name]) => name.startsWith(prefix));
    return Array.from({ length: H }, (_, head) => {
      const own = new Float32Array(T * T * V);
      for (let s = 0; s < T; s++) {
        const start = (s * H + head) * T * V;
        own.set(effects.subarray(start, start + T * V), s * T * V);
      }
      return {
        trace: traceHead(own, outputs.subarray(head * T * V, (head + 1) * T * V), T),
        signals: Object.fromEntries(
          named.map(([name, { data, shape }]) => {
            // Memories are read by as many heads each, in a row.
            const m = Math.floor((head * (shape[1] ?? H)) / H);
            return [name.slice(prefix.length), signalOf(data, shape, m)];
          }),
        ),
      };
    });
  });
  return { heads: found.map(({ trace }) => trace), signals: found.map(({ signals }) => signals) };
}

type Tracer = (ids: readonly number[]) => Promise<TextTrace>;

/** Runs `use` with a function that traces texts of one length each. */
export async function withTracer<T>(
  { engine, model }: Pick<ProbeSubject, 'engine' | 'model'>,
  use: (trace: Tracer) => Promise<T>,
): Promise<T> {
  const compiled = engine.compile(traceFunction(model), { variables: model.variables, name: NAME });
  const trace: Tracer = async (ids) => {
    const input = tf.tensor2d([...ids], [1, ids.length], 'int32');
    const outputs = await compiled(input).finally(() => input.dispose());
    const entries = await Promise.all(
      Object.entries(outputs).map(async ([name, x]) => {
        return [name, { data: await x.data<'float32'>(), shape: x.shape }] as const;
      }),
    ).finally(() => tf.dispose(outputs));
    return textTrace(model, new Map(entries), ids.length);
  };
  try {
    return await use(trace);
  } finally {
    await compiled.dispose();
  }
}

function checkFinite(traces: readonly TextTrace[]): void {
  const finite = traces.every(({ heads }) => heads.every(({ outputs }) => outputs.every(Number.isFinite)));
  if (finite) return;
  throw new NonFiniteError(
    `probe ${NAME}: expected finite read-outs, got NaN or infinity; the model has diverged, use an earlier checkpoint`,
  );
}

function resultsOf(
  traces: readonly TextTrace[],
  tokens: number,
  { rng, model }: ProbeSubject,
): ProbeResult[] {
  const names = headNames(model);
  const result = (
    metric: string,
    unit: string,
    quantity: (trace: HeadTrace) => number,
    baselines?: Readonly<Record<string, number>>,
  ): ProbeResult => {
    const columns = names.map((_, h) => traces.flatMap(({ heads }) => heads.slice(h, h + 1)).map(quantity));
    const stories = traces.map(({ heads }) => heads.map(quantity).reduce((a, b) => a + b, 0) / heads.length);
    return measure({
      probe: NAME,
      metric,
      unit,
      rng: rng.derive(NAME),
      whole: { samples: valuesAsRatios(stories) },
      parts: names.map((name, h) => ({ name, samples: valuesAsRatios(columns[h] ?? []) })),
      ...(baselines && { baselines }),
    });
  };
  const late = Array.from({ length: tokens - Math.floor(tokens / 2) }, (_, i) => Math.floor(tokens / 2) + i);
  const even = (of: (t: number) => number): number => late.reduce((sum, t) => sum + of(t), 0) / late.length;
  return [
    result('reach', 'tokens', reachOfReads, { even: even((t) => t / 2) }),
    result('ownShare', 'of strength', ownShare, { even: even((t) => 1 / (t + 1)) }),
    result('residual', 'of read-outs', ({ residual }) => residual, { linear: 0 }),
  ];
}

function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toPrecision(4)));
}

function detailsOf(
  pieces: readonly string[],
  { heads, signals }: TextTrace,
  names: readonly string[],
): JsonValue {
  return {
    tokens: [...pieces],
    heads: heads.map(({ strengths, shares, outputs, residual }, h) => ({
      head: names[h] ?? '',
      written: Object.fromEntries(
        Object.entries(signals[h] ?? {}).map(([name, values]) => [name, rounded(values)]),
      ),
      read: rounded(outputs),
      residual,
      strengths: strengths.map(rounded),
      shares: shares.map(rounded),
    })),
  };
}

/** Each token by itself, as text. */
export function piecesOf(ids: readonly number[], tokenizer: ProbeSubject['tokenizer']): string[] {
  return ids.map((id) => (id === tokenizer.endOfText ? '<start>' : tokenizer.decode([id])));
}

/** A token as a label: its text, spaces and line ends made visible, with its place. */
function labelsOf(pieces: readonly string[]): string[] {
  return pieces.map((piece, i) => `${i} ${piece.replaceAll('\n', '\u21b5').trim() || '\u00b7'}`);
}

function picturesOf(
  pieces: readonly string[],
  { heads }: TextTrace,
  names: readonly string[],
): ProbePicture[] {
  const labels = labelsOf(pieces);
  return heads.map(({ strengths }, h) => ({
    name: `${NAME}-${(names[h] ?? '').replaceAll(' ', '-')}`,
    kind: 'heatMap',
    chart: {
      title: `Association strengths, ${names[h] ?? ''}`,
      rows: labels,
      columns: labels,
      x: 'written at',
      y: 'read at',
      label: 'size in the read-out',
      values: strengths.map((row) => labels.map((_, s) => row[s] ?? null)),
    },
  }));
}

/** The text looked at closely: the prompt, or the beginning of the first long enough story. */
function promptIds({ prompt, tokenizer, validation }: ProbeSubject, story: number, tokens: number): number[] {
  if (prompt === undefined) return [validation.endOfText, ...openingOf(validation, story, tokens - 1)];
  return [tokenizer.endOfText, ...tokenizer.encode(prompt)].slice(0, TOKENS);
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { model, validation, shape, tokenizer, prompt, onProgress } = subject;
  const notes = [...skippedLayers(model)];
  const names = headNames(model);
  if (names.length === 0) return { results: [], notes };
  const needs = {
    most: Math.min(TOKENS, shape.sequenceLength),
    fewest: FEWEST_TOKENS,
    stories: FEWEST_STORIES,
  };
  const tokens = reachOf(validation, { probe: NAME, ...needs });
  const stories = storiesOf(validation, tokens).slice(0, STORIES);
  const ids = promptIds(subject, stories[0] ?? 0, tokens);
  if (prompt !== undefined && tokenizer.encode(prompt).length + 1 > TOKENS) {
    notes.push(`the prompt was cut after ${TOKENS - 1} tokens`);
  }
  return withTracer(subject, async (trace) => {
    const traces: TextTrace[] = [];
    for (const [i, story] of stories.entries()) {
      traces.push(await trace([validation.endOfText, ...openingOf(validation, story, tokens - 1)]));
      onProgress?.((i + 1) / (stories.length + 1));
    }
    const close = await trace(ids);
    checkFinite([...traces, close]);
    onProgress?.(1);
    const pieces = piecesOf(ids, tokenizer);
    return {
      results: resultsOf(traces, tokens, subject),
      notes,
      details: detailsOf(pieces, close, names),
      pictures: picturesOf(pieces, close, names),
    };
  });
}

/**
 * What each head wrote and read on a prompt: which token's US every read-out comes from.
 *
 *   effect_(s,t) = o_t - o_t without the US of s (v_s = 0)      strength = |effect|      share = effect . o / |o|^2
 *   reach    = mean over the second half of the tokens of  sum_s strength (t - s) / sum_s strength
 *   ownShare = the same of strength_(t,t) / sum_s strength
 *   residual = |sum_s effect - o| / |o|, 0 where the memory is linear in the values
 *
 * The measurements average over stories; `details` and the pictures are of the prompt. `even` is a memory that
 * reads all tokens alike. Intervals resample stories.
 */
export const memory: Probe = {
  name: NAME,
  title: 'what each head wrote and read on a prompt: association strengths over time',
  source:
    'Qiao 2025, arXiv:2508.08289 (association strengths of a conditioning head). For rules linear in the values the ' +
    'effects are the exact terms of the read-out; for the others what leaving out the US changes.',
  run,
};
