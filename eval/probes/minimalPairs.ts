import type { Probe, ProbeReport, ProbeResult, ProbeSubject, SentencePair } from '../contract.js';
import { measure, valuesAsRatios, type Part } from './measure.js';
import { type AskedRow, type AskScore, scoreAsks } from './scoreAsks.js';
import { sentencePairs } from './sentencePairs.js';

const NAME = 'minimal-pairs';

/** How a pair did. */
interface Judged {
  readonly phenomenon: string;
  /** 1 when the good sentence is the more probable one, a half when they are equal, else 0. */
  readonly right: number;
  /** Nats of the bad sentence less those of the good one. */
  readonly margin: number;
}

/** Every token of a sentence is asked for, from the end of text on. */
function rowOf(sentence: string, { tokenizer }: ProbeSubject): AskedRow {
  const ids = tokenizer.encode(sentence);
  const asks = ids.map((target, place) => ({ place, target }));
  return { inputs: [tokenizer.endOfText, ...ids.slice(0, -1)], asks };
}

const natsOf = (scores: readonly AskScore[] = []): number => scores.reduce((sum, { nats }) => sum + nats, 0);

function judged(pairs: readonly SentencePair[], scores: readonly (readonly AskScore[])[]): Judged[] {
  return pairs.map(({ phenomenon }, i) => {
    const margin = natsOf(scores[2 * i + 1]) - natsOf(scores[2 * i]);
    return { phenomenon, margin, right: margin > 0 ? 1 : margin === 0 ? 0.5 : 0 };
  });
}

function resultOf(
  metric: 'accuracy' | 'margin',
  pairs: readonly Judged[],
  rng: ProbeSubject['rng'],
): ProbeResult {
  const quantity = metric === 'accuracy' ? 'right' : 'margin';
  const samplesOf = (chosen: readonly Judged[]): Omit<Part, 'name'> => ({
    samples: valuesAsRatios(chosen.map((pair) => pair[quantity])),
  });
  const phenomena = [...new Set(pairs.map(({ phenomenon }) => phenomenon))];
  return measure({
    probe: NAME,
    metric,
    unit: metric === 'accuracy' ? 'of pairs' : 'nats',
    rng: rng.derive(NAME),
    whole: samplesOf(pairs),
    parts: phenomena.map((name) => ({
      name,
      ...samplesOf(pairs.filter(({ phenomenon }) => phenomenon === name)),
    })),
    baselines: { chance: metric === 'accuracy' ? 0.5 : 0 },
  });
}

/** Of pairs of equally many tokens a model that knows nothing gets half right; else it prefers the shorter sentence. */
function pairsOf({ pairs, rng, tokenizer }: ProbeSubject): {
  readonly pairs: readonly SentencePair[];
  readonly notes: readonly string[];
} {
  const isFair = ({ good, bad }: SentencePair): boolean =>
    tokenizer.encode(good).length === tokenizer.encode(bad).length;
  if (pairs) {
    const unfair = pairs.filter((pair) => !isFair(pair)).length;
    const note = `${unfair} of ${pairs.length} pairs have sentences of different numbers of tokens, of which the shorter is favoured`;
    return { pairs, notes: unfair > 0 ? [note] : [] };
  }
  const made = sentencePairs(rng.derive(NAME, 'pairs'), isFair);
  const note = `left out, since in this tokenizer the two sentences have different numbers of tokens: ${made.missing.join(', ')}`;
  return { pairs: made.pairs, notes: made.missing.length > 0 ? [note] : [] };
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { pairs, notes } = pairsOf(subject);
  const rows = pairs.flatMap(({ good, bad }) => [rowOf(good, subject), rowOf(bad, subject)]);
  const found = judged(pairs, await scoreAsks(subject, rows, NAME));
  return {
    results: [resultOf('accuracy', found, subject.rng), resultOf('margin', found, subject.rng)],
    notes,
    details: pairs.map((pair, i) => ({ ...pair, margin: found[i]?.margin ?? null })),
  };
}

/**
 * Whether a model prefers the right one of two sentences that differ in one place.
 *
 *   nats     = - sum over the tokens of a sentence of ln p(token | those before)
 *   accuracy = share of pairs where the good sentence has fewer nats; equal ones count half
 *   margin   = nats of the bad sentence - nats of the good one
 *
 * Units: nats. Pairs are made by rule in the words of simple stories, of equally many tokens, or given. Intervals resample pairs.
 * Source: Warstadt et al. 2020, arXiv:1912.00582 (BLiMP), whose files can be given.
 */
export const minimalPairs: Probe = {
  name: NAME,
  title: 'grammar: the right one of two sentences that differ in one place',
  source: 'Pairs as defined here or given; measured as in Warstadt et al. 2020, arXiv:1912.00582 (BLiMP).',
  run,
};
