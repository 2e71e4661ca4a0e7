import type { Rng } from '../../src/core/rng.js';
import { at, drawBetween, drawDistinct } from './drawing.js';

/**
 * A deterministic automaton: `next[state * symbols + symbol]` is the next state, -1 where the symbol is not valid.
 * It starts in state 0; every prefix of a valid string is valid.
 */
export interface Automaton {
  readonly symbols: number;
  readonly next: Int32Array;
}

/** Sizes of random automata; all bounds included. */
interface AutomatonLaw {
  readonly symbols: number;
  readonly minStates: number;
  readonly maxStates: number;
  readonly minSymbols: number;
  readonly maxEdges: number;
}

/**
 * A random automaton: each state has 1 to maxEdges edges to different other states, with different symbols of an
 * alphabet that is drawn first.
 *
 * Source: Akyürek et al. 2024, arXiv:2401.12973, and the generator in berlino/seq_icl.
 */
export function drawAutomaton(rng: Rng, law: AutomatonLaw): Automaton {
  const states = drawBetween(rng, law.minStates, law.maxStates);
  const alphabet = drawDistinct(rng, 0, law.symbols, drawBetween(rng, law.minSymbols, law.symbols));
  const next = new Int32Array(states * law.symbols).fill(-1);
  for (let state = 0; state < states; state++) {
    const edges = drawBetween(rng, 1, law.maxEdges);
    const chosen = drawDistinct(rng, 0, alphabet.length, edges);
    const others = drawDistinct(rng, 0, states - 1, edges);
    for (let e = 0; e < edges; e++) {
      const other = at(others, e);
      next[state * law.symbols + at(alphabet, at(chosen, e))] = other >= state ? other + 1 : other;
    }
  }
  return { symbols: law.symbols, next };
}

/** The state after a symbol; -1 where it is not valid. */
export function follow({ symbols, next }: Automaton, state: number, symbol: number): number {
  return at(next, state * symbols + symbol);
}

/** The symbols that are valid in a state, ascending. */
export function validSymbols(automaton: Automaton, state: number): Int32Array {
  const valid: number[] = [];
  for (let s = 0; s < automaton.symbols; s++) if (follow(automaton, state, s) >= 0) valid.push(s);
  return Int32Array.from(valid);
}

/** Classes of states that no string tells apart (Moore 1956): refined until nothing changes. */
function equivalentStates(automaton: Automaton): Int32Array {
  const states = automaton.next.length / automaton.symbols;
  let classes = new Int32Array(states);
  for (let count = 0; ;) {
    const names = new Map<string, number>();
    const refined = Int32Array.from(classes, (own, state) => {
      const row = Array.from({ length: automaton.symbols }, (_, s) => {
        const after = follow(automaton, state, s);
        return after < 0 ? -1 : at(classes, after);
      });
      const name = [own, ...row].join();
      const known = names.get(name) ?? names.size;
      names.set(name, known);
      return known;
    });
    if (names.size === count) return refined;
    count = names.size;
    classes = refined;
  }
}

/**
 * The least automaton with the same strings, its states numbered as they are first reached: equal for two automata
 * exactly when they have the same strings.
 */
export function canonicalForm(automaton: Automaton): Int32Array {
  const classes = equivalentStates(automaton);
  const order = [0];
  const numbers = new Map([[at(classes, 0), 0]]);
  const form: number[] = [];
  for (const state of order)
    for (let s = 0; s < automaton.symbols; s++) {
      const after = follow(automaton, state, s);
      if (after < 0) {
        form.push(-1);
        continue;
      }
      const known = numbers.get(at(classes, after)) ?? numbers.size;
      if (known === numbers.size) {
        numbers.set(at(classes, after), known);
        order.push(after);
      }
      form.push(known);
    }
  return Int32Array.from(form);
}
