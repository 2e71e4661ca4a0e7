import type { Params } from '../../../src/core/params.js';
import { TRACE_STEPS } from '../phenomena/oneStimulus.js';
import { savingsTrials } from '../phenomena/succession.js';
import type { LabSetting } from '../setting.js';
import type { Predictions } from './contract.js';
import { geometric, gradient } from './series.js';

/** What a reinforced trial leaves of every response to its US, r. */
type Retention = (beta: number, magnitude: number, params: Params) => number;

type Conditioning = NonNullable<Predictions['conditioning']>;

/** The closed forms that the phenomena are made of. */
interface Forms {
  /** The response after n reinforced trials, by default to the US of the setting and without decay. */
  readonly after: (s: LabSetting, n: number, params: Params, decay?: number, size?: number) => number;
  /** r at the US of the setting. */
  readonly kept: (s: LabSetting, params: Params) => number;
}

const oneStimulus = ({ after, kept }: Forms): Conditioning => {
  const fading = (s: LabSetting, params: Params, steps: number): Record<string, number> => ({
    V_A: after(s, s.first, params),
    'V_A, decaying memory': after(s, s.first, params, s.decay) * s.decay ** steps,
  });
  return {
    acquisition: (s, params) => fading(s, params, 0),
    extinction: (s, params) => fading(s, params, s.second),
    forgetting: (s, params) => fading(s, params, s.gap),
    'us-magnitude': (s, params) => ({
      'V_A, half the US': after(s, s.first, params, 1, s.magnitude / 2),
      'V_A, the US': after(s, s.first, params),
      'V_A, twice the US': after(s, s.first, params, 1, s.magnitude * 2),
    }),
    'partial-reinforcement': (s, params) => {
      const r = 1 - s.chance + s.chance * kept(s, params);
      return {
        V_A: s.chance * s.beta * s.magnitude * geometric(r, s.first),
        'V_A, always': after(s, s.first, params),
      };
    },
    'latent-inhibition': (s, params) => ({ V_A: after(s, s.second, params) }),
    generalisation: (s, params) => gradient(after(s, s.first, params)),
    'trace-conditioning': (s, params) => {
      const V = after(s, s.first, params);
      return { 'V_A, no trace': 0, 'V_A, fading trace': s.decay ** TRACE_STEPS * V, 'V_A, delay': V };
    },
  };
};

const competition = ({ after, kept }: Forms): Conditioning => ({
  blocking: (s, params) => {
    const V = after(s, s.second, params);
    return { V_B: V, 'V_B, no pretraining': V, 'V_B, B+ alone': V };
  },
  overshadowing: (s, params) => {
    const V = after(s, s.first, params);
    return { V_A: V, 'V_A, alone': V };
  },
  overexpectation: (s, params) => {
    const r = kept(s, params);
    const before = s.beta * s.magnitude * r * geometric(r * r, s.first);
    return { 'V_A before': before, V_A: before * r ** s.second + after(s, s.second, params) };
  },
  'conditioned-inhibition': (s, params) => ({ V_A: after(s, s.first, params), V_X: 0 }),
  contingency: (s, params) => {
    const r = kept(s, params);
    const [withA, without] = [1 - s.chance + s.chance * r, 1 - s.background + s.background * r];
    const rounds = s.beta * s.magnitude * geometric(withA * without, s.first);
    return {
      V_A: s.chance * without * rounds,
      V_context: (s.chance * without + s.background) * rounds,
    };
  },
  'inhibitor-extinction': () => ({ 'V_X before': 0, V_X: 0 }),
  'negative-patterning': (s, params) => {
    const r = kept(s, params);
    const V_B = s.beta * s.magnitude * geometric(r * r, s.first);
    const [V_A, V_AB] = [r * V_B, (1 + r) * V_B];
    return { V_A, V_B, V_AB, 'V_A, with a cue': V_A, 'V_AB, with a cue': V_AB };
  },
});

const succession = ({ after, kept }: Forms): Conditioning => ({
  'retroactive-interference': (s, params) => {
    const before = after(s, s.first, params);
    return {
      'V_A before': before,
      V_A: before * kept(s, params) ** s.second,
      V_B: after(s, s.second, params),
    };
  },
  'us-preexposure': (s, params) => {
    const V = after(s, s.second, params);
    return { V_A: V, 'V_A, in a context': V };
  },
  'second-order': (s, params) => {
    // In the second layer the US is what A predicts, the same on every trial.
    const V_A = after(s, s.first, params);
    return { V_B: 0, 'V_B, second layer': after(s, s.second, params, 1, V_A) };
  },
  savings: (s, params) => {
    const few = savingsTrials(s);
    const again = after(s, s.first, params) * (kept(s, params) ** few - 1);
    const first = after(s, few, params);
    return { 'gain of V_A, first time': first, 'gain of V_A, again': first + again };
  },
  renewal: (s, params) => {
    const V = after(s, s.first, params);
    return { 'V_A in X before': 2 * V, 'V_A in Y': V, 'V_A in X': 2 * V };
  },
  reinstatement: (s, params) => {
    const V = after(s, s.first, params);
    const left = kept(s, params) ** s.gap;
    return {
      'change of V_A': V * (left - 1),
      'V_A in the context before': 2 * V,
      'V_A in the context': 2 * V * left + after(s, s.gap, params),
    };
  },
  reversal: (s, params) => ({
    'V_A, first US': after(s, s.first, params),
    'V_A, second US': after(s, s.second, params),
  }),
  'spontaneous-recovery': () => ({ 'change in the pause, one head': 0 }),
});

/**
 * Conditioning where a trial with the US multiplies every response to that US by r and adds b lambda to the
 * stimuli that are there, and a trial without it changes nothing:
 *
 *   V_i <- r V_i + b lambda [i is there]        n trials: b lambda (1 - r^n) / (1 - r)
 *
 * A second layer is driven by what A predicts in the first, V_A for lambda: `V_B = b V_A (1 - r^n) / (1 - r)`, which
 * for the Hebbian rule is b V_A a trial.
 *
 * Source: docs/theory.md 4.4 (second layer, trace), 4.3 (gradient), 4.2, columns of the Hebbian rule (r = 1) and of Oja's (r = 1 - b lambda^2).
 */
export function usDriven(retention: Retention): Conditioning {
  const forms: Forms = {
    after: (s, n, params, decay = 1, size = s.magnitude) =>
      s.beta * size * geometric(decay * retention(s.beta, size, params), n),
    kept: (s, params) => retention(s.beta, s.magnitude, params),
  };
  return { ...oneStimulus(forms), ...competition(forms), ...succession(forms) };
}
