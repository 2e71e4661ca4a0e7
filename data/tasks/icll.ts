import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { canonicalForm, drawAutomaton, follow, validSymbols, type Automaton } from './automaton.js';
import type { PresetPart, Question, Task, TaskDraw, TaskSample } from './contract.js';
import { at, drawBetween, wholeRange } from './drawing.js';
import { accuracy, totalVariation } from './metrics.js';
import { nGram } from './nGram.js';
import { numbersOf, recipe, tokens, whole } from './settings.js';

function samplesOf(samples: number): PresetPart[] {
  return [{ name: 'new automata', samples }];
}

const AUTOMATON = ['symbols', 'minStates', 'maxStates', 'minSymbols', 'maxEdges'] as const;
const STRINGS = ['minStrings', 'maxStrings', 'maxLength', 'length'] as const;

/** How many strings of which length a row holds. */
type StringLimits = Record<(typeof STRINGS)[number], number>;

/** Strings of the automaton joined by separators, the token after the symbols: length + 1 tokens, or fewer when the strings end before. */
function writeStrings(rng: Rng, automaton: Automaton, limits: StringLimits): number[] {
  const { minStrings, maxStrings, maxLength, length } = limits;
  const tokens: number[] = [];
  for (let strings = drawBetween(rng, minStrings, maxStrings); strings > 0; strings--) {
    if (tokens.length > 0) tokens.push(automaton.symbols);
    let state = 0;
    for (let left = drawBetween(rng, 1, maxLength); left > 0; left--) {
      const valid = validSymbols(automaton, state);
      const symbol = at(valid, rng.below(valid.length));
      tokens.push(symbol);
      state = follow(automaton, state, symbol);
    }
  }
  return tokens.slice(0, length + 1);
}

/** The symbols that may come after each input. */
function replay(automaton: Automaton, inputs: ArrayLike<number>, positions: Int32Array): Int32Array[] {
  const valid: Int32Array[] = [];
  let [state, t] = [0, 0];
  for (const position of positions) {
    for (; t <= position; t++)
      state = at(inputs, t) === automaton.symbols ? 0 : follow(automaton, state, at(inputs, t));
    valid.push(validSymbols(automaton, state));
  }
  return valid;
}

function openIcll(settings: Params): TaskDraw {
  const law = numbersOf(settings, ...AUTOMATON);
  const limits = numbersOf(settings, ...STRINGS);
  const [{ symbols }, { length }] = [law, limits];
  const [separator, padding] = [symbols, symbols + 1];

  function draw(rng: Rng): TaskSample {
    const automaton = drawAutomaton(rng, law);
    const tokens = writeStrings(rng, automaton, limits);
    const inputs = new Int32Array(length).fill(padding);
    inputs.set(tokens.slice(0, -1));
    const positions = wholeRange(0, tokens.length - 1).filter((t) => tokens[t + 1] !== separator);
    return {
      inputs,
      positions,
      latent: automaton.next,
      identity: canonicalForm(automaton),
      targets: positions.map((t) => at(tokens, t + 1)),
      accepted: replay(automaton, inputs, positions),
      slices: { position: positions },
    };
  }

  return {
    shape: {
      sequenceLength: length,
      scored: length,
      inputs: { kind: 'tokens', vocabulary: symbols + 2 },
      outputs: { kind: 'classes', classes: symbols + 2, candidates: wholeRange(0, symbols) },
    },
    metrics: [accuracy, totalVariation],
    baselines: {
      '2-gram': (question) => nGram(question, { n: 2, classes: symbols + 2, symbols }),
      '3-gram': (question) => nGram(question, { n: 3, classes: symbols + 2, symbols }),
    },
    draw,
    solve: ({ inputs, positions, latent }: Question) =>
      replay({ symbols, next: latent ?? new Int32Array(0) }, inputs, positions),
  };
}

/** In-context language learning: the strings of a new random automaton in every row. */
export const icll: Task = {
  name: 'icll',
  suites: ['icl'],
  title: 'In-context language learning',
  asks: 'Strings of a random automaton, a new one in each row: which symbol may come next?',
  source: 'Akyürek et al. 2024, arXiv:2401.12973; berlino/seq_icl dfa.py',
  settings: {
    symbols: whole('symbols')(18, [1, 10_000], 'symbols in all, beside `|` and padding', 'seq_icl'),
    minStates: whole('states')(4, [2, 1000], 'fewest states of an automaton', 'seq_icl'),
    maxStates: whole('states')(12, [2, 1000], 'most states', 'seq_icl'),
    minSymbols: whole('symbols')(4, [1, 10_000], 'smallest alphabet of an automaton', 'seq_icl'),
    maxEdges: whole('edges')(3, [1, 999], 'most edges out of a state', 'seq_icl'),
    minStrings: whole('strings')(10, [1, 10_000], 'fewest strings of a row', 'seq_icl'),
    maxStrings: whole('strings')(19, [1, 10_000], 'most strings of a row', 'seq_icl'),
    maxLength: whole('symbols')(49, [1, 10_000], 'longest string; lengths are even from 1', 'seq_icl'),
    length: tokens(512, [2, 65_536], 'T; longer rows are cut', 'seq_icl: 1024 characters, 511 inputs'),
  },
  slices: { position: { doc: 'tokens before the one asked', by: 'octave' } },
  presets: {
    smoke: {
      doc: 'small automata, short rows',
      settings: { symbols: 8, maxStates: 6, minStrings: 4, maxStrings: 8, maxLength: 20, length: 64 },
      train: samplesOf(10_000),
      validation: samplesOf(100),
      test: samplesOf(200),
    },
    small: {
      doc: 'the published automata in rows of 256 tokens',
      settings: { length: 256 },
      train: samplesOf(20_000),
      validation: samplesOf(200),
      test: samplesOf(500),
    },
    paper: {
      doc: 'the published setting at its 5000 training samples; the table goes from 1000 to 40000',
      settings: {},
      train: samplesOf(5000),
      validation: samplesOf(500),
      test: samplesOf(500),
      recipe: recipe(
        { layers: 8, width: 128, heads: 2 },
        { batch: 32, epochs: 200, learningRates: [1e-4, 2.5e-4, 5e-4], weightDecay: 0.1, warmup: 0.1 },
        'warm-up 10 %; samples are repeated every epoch; GLA with 4 layers; best runs up to width 512',
      ),
      source: 'berlino/seq_icl, commit 9b9223d',
    },
  },
  check: (settings) => {
    const n = numbersOf(settings, ...AUTOMATON, ...STRINGS);
    const faults: string[] = [];
    const atMost = (low: string, a: number, high: string, b: number): void => {
      if (a > b) faults.push(`${low} of at most ${high} = ${b}, got ${a}; lower it`);
    };
    atMost('minStates', n.minStates, 'maxStates', n.maxStates);
    atMost('minStrings', n.minStrings, 'maxStrings', n.maxStrings);
    atMost('minSymbols', n.minSymbols, 'symbols', n.symbols);
    atMost('maxEdges', n.maxEdges, 'minStates - 1', n.minStates - 1);
    atMost('maxEdges', n.maxEdges, 'minSymbols', n.minSymbols);
    return faults;
  },
  open: openIcll,
};
