import { float32, type StoredTensors } from '../../src/checkpoint/format.js';
import { CheckpointError } from '../../src/core/errors.js';
import type { NamedValues } from '../../src/core/assignWeights.js';
import { type Matrix, rowsOf, rowsTimes, scaled, stacked, transposed, unscaled } from './layout.js';
import { type FlaSizes, streamScale } from './mapping.js';

type Get = (name: string) => Matrix;

/** Rows of the fused matrices, by the letter of the matrix there. */
function spans({ H, K, V }: FlaSizes): readonly (readonly [string, number])[] {
  return [
    ['q', H * K],
    ['k', H * K],
    ['v', H * V],
  ];
}

function controlSpans({ H, hasDecay }: FlaSizes): readonly (readonly [string, number])[] {
  return [['b', H] as const, ...(hasDecay ? [['a', H] as const] : [])];
}

/** The rows of a matrix as parts of such numbers of rows. */
function split(matrix: Matrix, parts: readonly (readonly [string, number])[]): [string, Matrix][] {
  let from = 0;
  return parts.map(([name, count]) => {
    const part = rowsOf(matrix, from, count);
    from += count;
    return [name, part];
  });
}

const MLP: readonly (readonly [string, string])[] = [
  ['gate', 'gate_proj'],
  ['up', 'up_proj'],
];

function layerTensors(get: Get, layer: number, sizes: FlaSizes): [string, Matrix][] {
  const { V, hasDecay, hasConvolution, hasOutputGate, K } = sizes;
  const [from, to] = [`layers.${layer}`, `model.layers.${layer}`];
  const projections = [
    ...split(transposed(get(`${from}.head.qkv`)), spans(sizes)),
    ...split(transposed(get(`${from}.head.controls`)), controlSpans(sizes)),
    ...(hasOutputGate ? [['g', transposed(get(`${from}.head.outputGate`))] as [string, Matrix]] : []),
  ];
  const convolutions = hasConvolution ? split(get(`${from}.head.convolution`), spans(sizes)) : [];
  const output = rowsTimes(get(`${from}.head.output`), get(`${from}.head.outputNorm`).data);
  return [
    [`${to}.attn_norm.weight`, get(`${from}.headNorm`)],
    ...projections.map(([name, matrix]): [string, Matrix] => [`${to}.attn.${name}_proj.weight`, matrix]),
    ...convolutions.map(
      ([
        name,
        {
          shape: [rows = 0, taps = 0],
          data,
        },
      ]): [string, Matrix] => [`${to}.attn.${name}_conv1d.weight`, { shape: [rows, 1, taps], data }],
    ),
    ...(hasDecay
      ? ['A_log', 'dt_bias'].map((name): [string, Matrix] => [
          `${to}.attn.${name}`,
          get(`${from}.head.decay.${name}`),
        ])
      : []),
    [`${to}.attn.o_norm.weight`, { shape: [V], data: new Float32Array(V).fill(1) }],
    [`${to}.attn.o_proj.weight`, transposed(scaled(output, streamScale(K)))],
    [`${to}.mlp_norm.weight`, get(`${from}.mlpNorm`)],
    ...MLP.map(([own, theirs]): [string, Matrix] => [
      `${to}.mlp.${theirs}.weight`,
      transposed(get(`${from}.mlp.${own}`)),
    ]),
    [`${to}.mlp.down_proj.weight`, transposed(scaled(get(`${from}.mlp.down`), streamScale(K)))],
  ];
}

/** Weights of a model under the names of flash-linear-attention, linear weights `[out,in]`. */
export function toFla(get: Get, sizes: FlaSizes): StoredTensors {
  const { D, K, layers } = sizes;
  const table = get('embedding.table');
  const named: [string, Matrix][] = [
    ['model.embeddings.weight', scaled(table, Math.sqrt(D) * streamScale(K))],
    ['model.norm.weight', get('finalNorm.gain')],
    ['lm_head.weight', table],
    ...Array.from({ length: layers }, (_, layer) => layerTensors(get, layer, sizes)).flat(),
  ];
  return new Map(named.map(([name, { shape, data }]) => [name, float32(shape, data)]));
}

function layerWeights(get: Get, layer: number, sizes: FlaSizes): [string, Matrix][] {
  const { H, V, K, hasDecay, hasConvolution, hasOutputGate } = sizes;
  const [from, to] = [`model.layers.${layer}`, `layers.${layer}`];
  const fused = (parts: readonly (readonly [string, number])[]): Matrix =>
    transposed(stacked(parts.map(([name]) => get(`${from}.attn.${name}_proj.weight`))));
  const taps = (name: string): Matrix => {
    const { shape, data } = get(`${from}.attn.${name}_conv1d.weight`);
    return { shape: [shape[0] ?? 0, shape[2] ?? 0], data };
  };
  const gain = get(`${from}.attn.o_norm.weight`).data;
  const gains = Float32Array.from({ length: H * V }, (_, i) => gain[i % V] ?? NaN);
  const back = (name: string): Matrix => unscaled(transposed(get(`${from}.${name}.weight`)), streamScale(K));
  return [
    [`${to}.headNorm`, get(`${from}.attn_norm.weight`)],
    [`${to}.head.qkv`, fused(spans(sizes))],
    ...(hasConvolution
      ? [[`${to}.head.convolution`, stacked(spans(sizes).map(([name]) => taps(name)))] as [string, Matrix]]
      : []),
    [`${to}.head.controls`, fused(controlSpans(sizes))],
    ...(hasDecay
      ? ['A_log', 'dt_bias'].map((name): [string, Matrix] => [
          `${to}.head.decay.${name}`,
          get(`${from}.attn.${name}`),
        ])
      : []),
    ...(hasOutputGate
      ? [[`${to}.head.outputGate`, transposed(get(`${from}.attn.g_proj.weight`))] as [string, Matrix]]
      : []),
    [`${to}.head.outputNorm`, { shape: [H * V], data: gains }],
    [`${to}.head.output`, back('attn.o_proj')],
    [`${to}.mlpNorm`, get(`${from}.mlp_norm.weight`)],
    ...MLP.map(([own, theirs]): [string, Matrix] => [
      `${to}.mlp.${own}`,
      transposed(get(`${from}.mlp.${theirs}.weight`)),
    ]),
    [`${to}.mlp.down`, back('mlp.down_proj')],
  ];
}

/**
 * The reverse of `toFla`, with the gain of the read-outs left in the output projection.
 *
 * @throws CheckpointError for embeddings that are not those of `lm_head` as an export scales them.
 */
export function fromFla(get: Get, sizes: FlaSizes): NamedValues {
  const { D, K, layers } = sizes;
  const table = get('lm_head.weight');
  const wanted = scaled(table, Math.sqrt(D) * streamScale(K)).data;
  const embeddings = get('model.embeddings.weight').data;
  if (embeddings.length !== wanted.length || embeddings.some((x, i) => x !== wanted[i])) {
    throw new CheckpointError(
      'import: expected embeddings that are those of lm_head times sqrt(hidden_size / head size), as an export has them, got others; a model of Pavlov has one table, so that only its own exports come back',
    );
  }
  return new Map([
    ['embedding.table', table],
    ...Array.from({ length: layers }, (_, layer) => layerWeights(get, layer, sizes)).flat(),
    ['finalNorm.gain', get('model.norm.weight')],
  ]);
}
