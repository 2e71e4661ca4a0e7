import { choiceParam, type Params } from '../core/params.js';
import { tf, type Tensor } from '../core/tf.js';
import { associateInChunks } from '../chunks/association.js';
import type { LearningRule } from './contract.js';
import { asFactor, associate, decayed, emptyMemory, recall, signalOf } from './memory.js';
import { slideThreshold, slideThresholds, thresholdOf, THRESHOLD_PARAMS } from './slidingThreshold.js';

/** What a value `[..,V]` counts as: its activity m `[..,V]` or `[..,1]`, and what is written of it. */
interface Form {
  /** Thresholds per head. */
  width(V: number): number;
  activity(v: Tensor): Tensor;
  write(v: Tensor, theta: Tensor): Tensor;
}

const rateOf = (v: Tensor): Tensor => tf.relu(v);

const meanSquare = (v: Tensor): Tensor => tf.mean(tf.square(v), v.rank - 1, true);

const forms = {
  signed: {
    width: (V) => V,
    activity: (v) => tf.abs(v),
    write: (v, theta) => tf.mul(v, tf.sub(tf.abs(v), theta)),
  },
  rate: {
    width: (V) => V,
    activity: (v) => tf.square(rateOf(v)),
    write: (v, theta) => tf.mul(rateOf(v), tf.sub(rateOf(v), theta)),
  },
  gate: {
    width: () => 1,
    activity: meanSquare,
    write: (v, theta) => tf.mul(v, tf.sub(meanSquare(v), theta)),
  },
} satisfies Readonly<Record<string, Form>>;

const formNames = Object.keys(forms) as (keyof typeof forms)[]; // its own keys

/**
 * Bienenstock, Cooper and Munro's rule with the value as activity: activity above a sliding threshold is
 * written, below it is written with the other sign.
 *
 *   S_t = S~_t + beta_t phi_t k_t^T      theta_t = rho theta_{t-1} + (1 - rho) m_t      o_t = S_t q_t
 *
 *   signed: phi_t = v (|v| - theta_{t-1})          m = |v|            channel by channel; keeps the value's sign
 *   rate:   phi_t = r (r - theta_{t-1})            m = r^2            r = max(v, 0), the textbook's firing rate
 *   gate:   phi_t = v (|v|^2 / V - theta_{t-1})    m = |v|^2 / V      one threshold per head; keeps the direction
 *
 * The threshold is that before the token, 0 at the start of a document. Neither it nor phi depends on S, so the
 * chunk form is plain association of phi.
 */
export const bcm = {
  name: 'bcm',
  title: 'BCM with a sliding threshold',
  equation:
    'S_t = S~_t + beta_t phi_t k_t^T, signed: phi_t = v_t (|v_t| - theta_{t-1}), theta = average of |v|',
  source:
    'Bienenstock, Cooper and Munro 1982. As defined here, the value takes the place of the response and the ' +
    'sliding threshold averages over tokens. The textbook form v (v - theta) is positive for negative v too, so ' +
    'it is used for rates only (form rate); the other two forms keep the sign.',
  reductions: [
    'association of v |v| (signed) or max(v, 0)^2 (rate) with rho = 1, which freezes the threshold at 0',
  ],
  signals: {
    beta: { low: 0, high: 1, initial: 0.5, meaning: 'write strength' },
  },
  params: {
    form: {
      default: 'signed',
      choices: formNames,
      doc: 'what counts as activity: size per channel, firing rate per channel, or mean square per head',
    },
    ...THRESHOLD_PARAMS,
  },
  normalise: { q: 'scaled', k: 'none', v: 'none' },
  channelChunk: true,
  sharedReads: true,
  initState: (dims, params) => ({
    S: emptyMemory(dims),
    theta: tf.zeros([dims.B, dims.H, formOf(params).width(dims.V)]),
  }),
  step(state, x, params) {
    const form = formOf(params);
    const theta = thresholdOf(state);
    const write = tf.mul(form.write(x.v, theta), asFactor(signalOf(x, 'beta')));
    const S = associate(decayed(state.S, x.logDecay), write, x.k);
    const after = { S, theta: slideThreshold(theta, form.activity(x.v), params) };
    return { output: recall(S, x.q), state: after };
  },
  chunk(state, xs, params, chunkSize) {
    const form = formOf(params);
    const theta = state && thresholdOf(state);
    const { before, final } = slideThresholds(theta, form.activity(xs.v), xs.documents, params, chunkSize);
    const write = tf.mul(form.write(xs.v, before), asFactor(signalOf(xs, 'beta')));
    const associated = associateInChunks(state?.S, { ...xs, v: write }, chunkSize);
    return { outputs: associated.outputs, state: { S: associated.final, theta: final } };
  },
} satisfies LearningRule;

function formOf(params: Params): Form {
  return choiceParam(params, 'form', forms);
}
