import { describe, expect, it } from 'vitest';
import '../support/close.js';
import { phaseNames } from '../../play/conditioning/labFile.js';
import { readBy, readFrom, strongest } from '../../play/view/attribution.js';
import { colourOf, rootOf, DARK, largest, LIGHT, type Palette, type Rgb } from '../../play/view/colours.js';
import { movedShare, percent, probabilities, shortNumber, topTokens } from '../../play/view/distribution.js';
import { pointsOf, rangeOf, xOf, yOf } from '../../play/view/lines.js';
import { matrixOf, seriesOf } from '../../play/view/memories.js';
import { placeAfter, tokenName } from '../../play/view/tokens.js';
import type { PlayLayer, PlayStep } from '../../web/index.js';

/** Relative luminance of the contrast formula of WCAG 2. */
function luminance(rgb: Rgb): number {
  const [r = 0, g = 0, b = 0] = rgb.map((x) =>
    x <= 10 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe('colours', () => {
  it('are those of the ends at and beyond the limit, and in proportion between', () => {
    const { below, zero, above } = LIGHT.cells;
    expect(colourOf(0, 2, LIGHT.cells)).toEqual(zero);
    expect(colourOf(2, 2, LIGHT.cells)).toEqual(above);
    expect(colourOf(-5, 2, LIGHT.cells)).toEqual(below);
    expect(colourOf(1, 2, LIGHT.cells)).toEqual(zero.map((x, i) => Math.round((x + (above[i] ?? 0)) / 2)));
    expect(colourOf(NaN, 2, LIGHT.cells)).toEqual([128, 128, 128]);
    expect(colourOf(0, 0, LIGHT.cells)).toEqual(zero);
  });

  const ends = ({ wash: { below, zero, above } }: Palette): readonly Rgb[] => [below, zero, above];

  it('behind text leave a contrast of 4.5 to the text', () => {
    for (const end of ends(LIGHT)) expect(contrast(end, [24, 32, 42])).toBeGreaterThan(4.5);
    for (const end of ends(DARK)) expect(contrast(end, [232, 237, 243])).toBeGreaterThan(4.5);
  });

  it('of cells grow with the root', () => {
    expect([-4, -1, 0, 1, 4].map((value) => rootOf(value, 4))).toEqual([-4, -2, 0, 2, 4]);
  });

  it('have a limit of the largest size, whatever is no number', () => {
    expect([largest([1, -3, NaN]), largest([])]).toEqual([3, 0]);
  });
});

describe('distributions', () => {
  it('are exp(logit) / sum, for large logits too', () => {
    expect(probabilities([1000, 1000 + Math.log(3)])).toBeAllClose([0.25, 0.75], { rtol: 1e-12, atol: 0 });
  });

  it('show the tokens that are probable before or after', () => {
    const before = Float64Array.of(0.7, 0.2, 0.1, 0);
    const after = Float64Array.of(0.1, 0.2, 0.1, 0.6);
    expect(topTokens(before, after, 2)).toEqual([
      { id: 0, before: 0.7, after: 0.1 },
      { id: 3, before: 0, after: 0.6 },
    ]);
    expect(topTokens(before, undefined, 1)).toEqual([{ id: 0, before: 0.7 }]);
  });

  it('differ by the share that moves', () => {
    const p = Float64Array.of(0.5, 0.5, 0);
    const moved = [p, Float64Array.of(0, 0.5, 0.5), Float64Array.of(0, 0, 1)].map((q) => movedShare(p, q));
    expect(moved).toEqual([0, 0.5, 1]);
  });

  it('are said in per cent', () => {
    const said = ['50 %', '1.2 %', '0.0 %', '<0.1 %', '−25 %', '−<0.1 %'];
    expect([0.5, 0.0123, 0, 0.0001, -0.25, -0.0001].map(percent)).toEqual(said);
  });
});

it('numbers are said in three digits', () => {
  const said = ['0', '<0.001', '0.0123', '−1.23', '123', '1234', 'not a number'];
  expect([0, 1e-7, 0.01234, -1.234, 123.4, 1234, NaN].map(shortNumber)).toEqual(said);
});

describe('attribution', () => {
  const shares = [Float32Array.of(1), Float32Array.of(0.25, 0.75), Float32Array.of(-0.5, 0.5, 1)];

  it('reads a row for what a token reads, and a column for who reads it', () => {
    expect(readFrom(shares, 1)).toEqual([
      { place: 0, share: 0.25 },
      { place: 1, share: 0.75 },
    ]);
    expect(readBy(shares, 1)).toEqual([
      { place: 1, share: 0.75 },
      { place: 2, share: 0.5 },
    ]);
    expect(readFrom(shares, 7)).toEqual([]);
  });

  it('lists the largest first, whatever their sign', () => {
    expect(strongest(readFrom(shares, 2), 2).map(({ place }) => place)).toEqual([2, 0]);
  });
});

describe('memories', () => {
  const sizes = { heads: 2, memories: 2, keySize: 2, valueSize: 1, writes: 1 };
  const facts: PlayLayer = {
    layer: 1,
    ...sizes,
    rule: 'delta',
    gate: 'scalar',
    signals: ['beta'],
    hasDecay: true,
  };
  const none = new Float32Array();
  const view = {
    layer: 1,
    q: none,
    k: none,
    v: none,
    read: none,
    signals: { beta: Float32Array.of(0.25, 0.75) },
    decay: Float32Array.of(0.5, 0.7, 0.25, 0.75),
    S: Float32Array.of(1, 2, 3, 4),
  };
  const step: PlayStep = { id: 1, piece: 'a', logits: none, state: { count: 1, values: [] }, layers: [view] };

  it('are cut out for each head, zeros before the first token', () => {
    expect([...matrixOf(step, facts, 1)]).toEqual([3, 4]);
    expect([...matrixOf(undefined, facts, 1)]).toEqual([0, 0]);
  });

  it('are told of by their signals, the mean decay over channels, and their size', () => {
    expect(seriesOf([step], facts, 1)).toEqual([
      { name: 'beta', values: [0.75] },
      { name: 'decay', values: [0.5] },
      { name: 'size of S', values: [5] },
    ]);
  });
});

describe('lines', () => {
  const box = { left: 10, top: 0, width: 100, height: 50 };

  it('go from edge to edge, with 0 in the range, and leave out what is not finite', () => {
    const range = rangeOf([2, NaN, Infinity, 4]);
    expect(range).toEqual({ low: 0, high: 4 });
    expect(pointsOf([2, NaN, 4], range, box)).toBe('10.0,25.0 110.0,0.0');
    expect(rangeOf([])).toEqual({ low: 0, high: 1 });
    expect([xOf(0, 1, box), yOf(-1, { low: -1, high: 1 }, box)]).toEqual([60, 50]);
  });
});

describe('tokens', () => {
  it('that cannot be seen have a sign', () => {
    const names = ['', ' ', '\n', ' the', 'a\nb'].map((piece) => tokenName(piece));
    expect(names).toEqual(['⟨start⟩', '␣', '↵', 'the', 'a↵b']);
    expect(tokenName('', '⟨end⟩')).toBe('⟨end⟩');
  });

  it('are gone through by keys, to the ends and no further', () => {
    const keys = ['ArrowLeft', 'ArrowRight', 'Home', 'End', 'a'];
    expect(keys.map((key) => placeAfter(key, 0, 3))).toEqual([0, 1, 0, 2, undefined]);
    expect(placeAfter('ArrowRight', 2, 3)).toBe(2);
  });
});

describe('experiments', () => {
  it('name their phases by the design where it has as many parts', () => {
    expect(phaseNames('A+ then A-', 2)).toEqual(['A+', 'A-']);
    expect(phaseNames('A+ then A-', 3)).toEqual(['phase 1', 'phase 2', 'phase 3']);
    expect(phaseNames('A+ with three sizes of US', 1)).toEqual(['A+ with three sizes of US']);
  });
});
