import { required } from '../../src/core/required.js';
import { type Matrix, padded, rowsOf, scaled, transposed, zeros } from './layout.js';
import { type FlaSizes, GLA_NORMALIZER, GLA_RANK } from './mapping.js';

type Get = (name: string) => Matrix;
type Named = [string, Matrix];

const vector = (data: Float32Array): Matrix => ({ shape: [data.length], data });

/** A vector of so many numbers, by their index. */
const vectorOf = (length: number, value: (i: number) => number): Matrix =>
  vector(Float32Array.from({ length }, (_, i) => value(i)));

/** Rows of numbers by row and column. */
function matrixOf(rows: number, columns: number, value: (r: number, c: number) => number): Matrix {
  const { data } = vectorOf(rows * columns, (i) => value(Math.floor(i / columns), i % columns));
  return { shape: [rows, columns], data };
}

/**
 * The second of two matrices whose product is the projection of the decay, `[H K,R]` of R columns: what mixes the columns
 * of a low rank, one column for all channels of a head, or each column for its own channel.
 */
function upOf(get: Get, at: string, { H, K, decay }: FlaSizes): Matrix {
  if (decay.kind === 'channel' && decay.isMixed) return transposed(get(`${at}.decay.up`));
  if (decay.kind === 'channel') return matrixOf(H * K, H * K, (r, c) => (r === c ? 1 : 0));
  return matrixOf(H * K, H, (r, c) => (Math.floor(r / K) === c ? 1 : 0));
}

/** Logarithms of the rates of all heads. */
function logRates(get: Get, at: string, layer: number, { H, decay }: FlaSizes): Matrix {
  if (decay.kind === 'constant') {
    const own = required(decay.logDecays[layer], 'a layer');
    // softplus(0) = ln 2.
    return vectorOf(H, (h) => Math.log(-(own[h] ?? NaN) / Math.LN2));
  }
  const { fixedRate } = decay;
  return fixedRate === undefined ? get(`${at}.decay.A_log`) : vectorOf(H, () => Math.log(fixedRate));
}

/** The bias whose sigmoid to the power 1 / normalizer is a decay. */
function biasOf(logDecay: number): number {
  const log = logDecay * GLA_NORMALIZER;
  return log - Math.log(-Math.expm1(log));
}

/** The decay of a GLA model, which is sigmoid(-(a + dt_bias)) to the power 1/16. */
function glaDecay(
  get: Get,
  at: string,
  columns: Matrix | undefined,
  layer: number,
  sizes: FlaSizes,
): Named[] {
  const { H, K, D, decay } = sizes;
  const named = (down: Matrix, up: Matrix, bias: Matrix): Named[] => [
    ['gk_proj.0.weight', down],
    ['gk_proj.1.weight', up],
    ['gk_proj.1.bias', bias],
  ];
  if (!columns || decay.kind === 'none' || decay.kind === 'constant') {
    const own = decay.kind === 'constant' ? decay.logDecays[layer] : undefined;
    // A sigmoid of 1000 is 1.
    const bias = vectorOf(H * K, (i) => (own ? biasOf(own[Math.floor(i / K)] ?? NaN) : 1000));
    return named(zeros(GLA_RANK, D), zeros(H * K, GLA_RANK), bias);
  }
  const own = get(`${at}.decay.dt_bias`).data;
  const bias = vectorOf(H * K, (i) => -(own[decay.kind === 'head' ? Math.floor(i / K) : i] ?? NaN));
  return named(padded(columns, GLA_RANK, D), padded(scaled(upOf(get, at, sizes), -1), H * K, GLA_RANK), bias);
}

/**
 * The decay of a layer under its names there.
 *
 * @param at where its weights are here
 * @param columns those of the decay, `[R,D]`; undefined for none
 */
export function decayToFla(
  get: Get,
  at: string,
  columns: Matrix | undefined,
  layer: number,
  sizes: FlaSizes,
): Named[] {
  const { type, H, K, V, D } = sizes;
  switch (type) {
    case 'linear_attn':
    case 'delta_net':
      return [];
    case 'gla':
      return glaDecay(get, at, columns, layer, sizes);
    case 'gated_deltanet':
      return [
        ['a_proj.weight', columns ?? zeros(H, D)],
        ['A_log', logRates(get, at, layer, sizes)],
        ['dt_bias', columns ? get(`${at}.decay.dt_bias`) : zeros(H)],
      ];
    case 'kda':
      return [
        ['f_proj.0.weight', padded(required(columns, 'columns of the decay'), V, D)],
        ['f_proj.1.weight', padded(upOf(get, at, sizes), H * K, V)],
        ['A_log', logRates(get, at, layer, sizes)],
        ['dt_bias', vector(get(`${at}.decay.dt_bias`).data)],
      ];
  }
}

/** The decay of a layer back: its columns `[R,D]`, undefined for none, and its weights by their names here. */
export function decayFromFla(
  get: Get,
  at: string,
  sizes: FlaSizes,
): { readonly columns?: Matrix; readonly weights: Named[] } {
  const { type, H, K, decay } = sizes;
  if (decay.kind === 'none' || decay.kind === 'constant') return { weights: [] };
  const R = decay.columns * H;
  const rates: Named[] = decay.fixedRate === undefined ? [['A_log', get(`${at}.A_log`)]] : [];
  if (type === 'gated_deltanet')
    return { columns: get(`${at}.a_proj.weight`), weights: [...rates, ['dt_bias', get(`${at}.dt_bias`)]] };
  const [name, sign] = type === 'gla' ? (['gk_proj', -1] as const) : (['f_proj', 1] as const);
  const given = type === 'gla' ? scaled(get(`${at}.gk_proj.1.bias`), sign) : get(`${at}.dt_bias`);
  const bias =
    decay.kind === 'head'
      ? vectorOf(H, (h) => given.data[h * K] ?? NaN)
      : { shape: [H, K], data: given.data };
  const up = transposed(scaled(get(`${at}.${name}.1.weight`), sign));
  return {
    columns: rowsOf(get(`${at}.${name}.0.weight`), 0, R),
    weights: [...rates, ['dt_bias', bias], ...(decay.isMixed ? [['up', rowsOf(up, 0, R)] as Named] : [])],
  };
}
