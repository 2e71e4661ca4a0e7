import { ConfigError } from '../core/errors.js';
import { choiceParam, numberParam, type Params } from '../core/params.js';
import { tf } from '../core/tf.js';
import type { DecayGate, GatePlace } from './contract.js';

type Preset = (head: number, place: GatePlace, params: Params) => number;

/** Log decay of one head for each preset. */
const presets = {
  reaches: (head, place, params) => {
    const tau = reachOf(head, place.H, params);
    return 0.5 * Math.log(tau / (tau + 1));
  },
  retnet: (head) => Math.log1p(-(2 ** (-5 - head))),
  tnl: (head, { H, layer, layers }) => -((8 * head) / H) * (1 - layer / layers),
} satisfies Readonly<Record<string, Preset>>;

const presetNames = Object.keys(presets) as (keyof typeof presets)[]; // its own keys

/** Reach of a head in tokens: from the shortest to the longest in equal ratios. */
function reachOf(head: number, H: number, params: Params): number {
  const [shortest, longest] = [numberParam(params, 'shortest'), numberParam(params, 'longest')];
  if (shortest > longest) {
    throw new ConfigError(
      `gate fixed: expected shortest <= longest, got ${shortest} and ${longest}; exchange them`,
    );
  }
  const share = H > 1 ? head / (H - 1) : 0.5;
  return shortest * (longest / shortest) ** share;
}

/**
 * One decay a head, not trained.
 *
 *   reaches: alpha_h = sqrt(tau_h / (tau_h + 1)), tau_h log-spaced from shortest to longest
 *   retnet:  alpha_h = 1 - 2^(-5-h)
 *   tnl:     log alpha_h = -(8 h / H) (1 - l / L), layer l of L counted from 0
 *
 * With unit random keys, sqrt(tau / (tau + 1)) is the decay under which an association tau tokens back stands
 * out most from those after it.
 *
 * Shapes: log decay `[1,H,T]`, the same for all rows.
 */
export const fixed = {
  name: 'fixed',
  title: 'Fixed decay per head',
  equation: 'alpha_t = alpha_h',
  source:
    'Sun et al. 2023, arXiv:2307.08621 (RetNet); Qin et al. 2023, arXiv:2307.14995 (TransNormerLLM). The preset ' +
    'retnet is section 3.1 of the former; in tnl, heads and layers count from 0. The log-spaced reaches are defined ' +
    'here (docs/theory.md 1.4).',
  params: {
    preset: {
      default: 'reaches',
      choices: presetNames,
      doc: 'how the decays of the heads are spaced',
    },
    shortest: {
      default: 4,
      range: [0.01, 1e6],
      unit: 'tokens',
      doc: 'reach of the first head (preset reaches only)',
    },
    longest: {
      default: 1024,
      range: [0.01, 1e6],
      unit: 'tokens',
      doc: 'reach of the last head (preset reaches only)',
    },
  },
  columns: () => 0,
  weights: () => [],
  logDecay({ T }, _weights, place, params) {
    const preset = choiceParam(params, 'preset', presets);
    const { H } = place;
    const values = Array.from({ length: H * T }, (_, i) => preset(Math.floor(i / T), place, params));
    return tf.tensor3d(values, [1, H, T]);
  },
} satisfies DecayGate;
