import type { HeadDiagnostics } from './headDiagnostics.js';

/** Signs that a memory is about to diverge, the gravest first. */
type WarningKind = 'notFinite' | 'bound' | 'growth';

/** The head in which a sign is strongest. */
export interface Warning {
  readonly kind: WarningKind;
  readonly block: number;
  readonly head: number;
  readonly value: number;
  /** What it should not be above. */
  readonly limit: number;
  /** Heads that show the sign. */
  readonly heads: number;
  /** Where, what was expected, what it is, and what to do. */
  readonly message: string;
}

/** Largest |S| of each head, by `headName`. */
export type StateNorms = Readonly<Record<string, number>>;

/** Growth of the largest |S| between two diagnostics that is no longer learning but running away. */
export const MOST_GROWTH = 10;

/** Rounding by which a measure may be above its bound. */
const ROUNDING = 1e-3;

/** `block 1 head 3` */
function headName({ block, head }: Pick<HeadDiagnostics, 'block' | 'head'>): string {
  return `block ${block} head ${head}`;
}

/** What the next diagnostics are held against; a norm that is not finite is nothing to compare with. */
export function stateNorms(heads: readonly HeadDiagnostics[]): StateNorms {
  const norms = heads.map((head) => [headName(head), head.largestStateNorm] as const);
  return Object.fromEntries(norms.filter(([, norm]) => Number.isFinite(norm)));
}

/** A head that shows a sign: how strongly, and in words. */
interface Sign {
  readonly value: number;
  readonly limit: number;
  readonly text: string;
}

type FindSign = (head: HeadDiagnostics, before: StateNorms) => Sign | undefined;

const LESS = 'lower optimizer.learningRate, or let the memory forget with another model.gate';

const signs: Readonly<Record<WarningKind, FindSign>> = {
  notFinite: ({ stateNorm, largestStateNorm }) =>
    Number.isFinite(stateNorm) && Number.isFinite(largestStateNorm)
      ? undefined
      : {
          value: largestStateNorm,
          limit: Number.MAX_VALUE,
          text: `expected a memory of finite size, got |S| = ${largestStateNorm}; it has diverged: go back to an earlier checkpoint and ${LESS}`,
        },
  bound: ({ stability }) => {
    if (!stability || !(stability.largest > stability.bound * (1 + ROUNDING))) return undefined;
    const { quantity, bound, largest } = stability;
    const text = `expected ${quantity} of at most ${bound}, got ${shown(largest)}; above it a write overshoots what it corrects and the memory can grow without end: ${LESS}`;
    return { value: largest, limit: bound, text };
  },
  growth: (head, before) => {
    const known = before[headName(head)];
    if (known === undefined || known === 0) return undefined;
    const growth = head.largestStateNorm / known;
    if (!(growth > MOST_GROWTH) || !Number.isFinite(growth)) return undefined;
    const text = `expected |S| to grow by at most ${MOST_GROWTH} x between diagnostics, got ${shown(growth)} x (${shown(known)} to ${shown(head.largestStateNorm)}); it may be about to diverge: ${LESS}`;
    return { value: growth, limit: MOST_GROWTH, text };
  },
};

/** Three digits that count. */
function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** One warning for each sign that any head shows, with the head that shows it most. */
export function warningsOf(
  step: number,
  heads: readonly HeadDiagnostics[],
  before: StateNorms = {},
): Warning[] {
  return Object.entries(signs).flatMap(([kind, find]) => {
    const found = heads.flatMap((head) => {
      const sign = find(head, before);
      return sign ? [{ head, sign }] : [];
    });
    const [worst, ...rest] = found.sort((a, b) => b.sign.value - a.sign.value);
    if (!worst) return [];
    const { head, sign } = worst;
    const others = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
    const { value, limit } = sign;
    return [
      {
        kind: kind as WarningKind, // a key of `signs`
        block: head.block,
        head: head.head,
        value,
        limit,
        heads: found.length,
        message: `step ${step}, ${headName(head)}${others}: ${sign.text}`,
      },
    ];
  });
}
