import { tf } from '../../src/core/tf.js';
import type { DecayGate } from '../../src/gates/contract.js';
import { numberParam, type Params } from '../../src/core/params.js';

/** The decay of all memories in the terms of flash-linear-attention. */
export type FlaDecay =
  | { readonly kind: 'none'; readonly fixedRate?: undefined }
  | {
      readonly kind: 'constant';
      /** Log decay of each head, by layer. */
      readonly logDecays: readonly Float32Array[];
      readonly fixedRate?: undefined;
    }
  | {
      /** A softplus of the token times a rate: one per head, or one per key channel. */
      readonly kind: 'head' | 'channel';
      /** Columns per head that are projected from a token. */
      readonly columns: number;
      /** Whether a trained matrix mixes the columns of all heads. */
      readonly isMixed: boolean;
      /** The rate of all heads, where it is not trained. */
      readonly fixedRate: number | undefined;
    };

/** The log decay that a gate without weights has at every token, of each head of a layer; undefined for none. */
function constantOf(
  gate: DecayGate,
  place: { readonly H: number; readonly K: number; readonly layer: number; readonly layers: number },
  params: Params,
): Float32Array | undefined {
  return tf.tidy(() => gate.logDecay({ B: 1, T: 1 }, {}, place, params)?.dataSync<'float32'>());
}

/** The decay of a gate there; undefined where there is none like it. */
export function flaDecayOf(
  gate: DecayGate,
  { H, K, layers }: { readonly H: number; readonly K: number; readonly layers: number },
  params: Params,
): FlaDecay | undefined {
  const place = { H, K, layer: 0, layers };
  const columns = gate.columns(place, params);
  const weights = gate.weights(place, params);
  if (columns === 0 && weights.length === 0) {
    const decays = Array.from({ length: layers }, (_, layer) =>
      constantOf(gate, { ...place, layer }, params),
    );
    const logDecays = decays.flatMap((each) => (each?.length === H ? [each] : []));
    if (decays.every((each) => each === undefined)) return { kind: 'none' };
    return logDecays.length === layers ? { kind: 'constant', logDecays } : undefined;
  }
  if (!gate.softplus) return undefined;
  const fixedRate = numberParam(params, 'fixedRate');
  const bias = weights.find(({ name }) => name === 'dt_bias');
  return {
    kind: bias?.shape.length === 1 ? 'head' : 'channel',
    columns,
    isMixed: weights.some(({ name }) => name === 'up'),
    fixedRate: fixedRate > 0 ? fixedRate : undefined,
  };
}
