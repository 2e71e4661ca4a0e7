import { float32, type StoredTensors } from '../../src/checkpoint/format.js';
import { CheckpointError } from '../../src/core/errors.js';
import type { NamedValues } from '../../src/core/assignWeights.js';
import { type Matrix, rowsOf, rowsTimes, scaled, stacked, transposed, unscaled, zeros } from './layout.js';
import { decayFromFla, decayToFla } from './decayTensors.js';
import type { FlaSizes } from './mapping.js';

type Get = (name: string) => Matrix;

/** Rows of the fused matrices, by the letter of the matrix there. */
function spans({ H, K, V }: FlaSizes): readonly (readonly [string, number])[] {
  return [
    ['q', H * K],
    ['k', H * K],
    ['v', H * V],
  ];
}

/** Rows of `controls`: beta of each head, then the columns of the decay; undefined where there are none. */
function controlsOf(
  get: Get,
  at: string,
  { hasBeta, H }: FlaSizes,
): { readonly beta?: Matrix; readonly decay?: Matrix } {
  const rows = transposed(get(`${at}.controls`));
  const first = hasBeta ? H : 0;
  const count = (rows.shape[0] ?? 0) - first;
  return {
    ...(hasBeta && { beta: rowsOf(rows, 0, first) }),
    ...(count > 0 && { decay: rowsOf(rows, first, count) }),
  };
}

const hasControls = ({ hasBeta, decay: { kind } }: FlaSizes): boolean =>
  hasBeta || kind === 'head' || kind === 'channel';

/** The name of the norm of read-outs in a layer. */
function normName({ type, hasOutputGate }: FlaSizes): string {
  if (type === 'linear_attn') return 'norm';
  if (type !== 'gla') return 'o_norm';
  return hasOutputGate ? 'g_norm_swish_gate' : 'g_norm';
}

/** What a layer of KDA cannot be without: an output gate, here sigmoid(0) everywhere. */
function sigmoidGate({ type, H, V, D }: FlaSizes): [string, Matrix][] {
  if (type !== 'kda') return [];
  return [
    ['g_proj.0.weight', zeros(V, D)],
    ['g_proj.1.weight', zeros(H * V, V)],
    ['g_proj.1.bias', zeros(H * V)],
  ];
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

/** The heads of a layer under their names in its `attn`. */
function headTensors(get: Get, at: string, layer: number, sizes: FlaSizes): [string, Matrix][] {
  const { V, hasConvolution, hasOutputGate, streamScale } = sizes;
  const controls = hasControls(sizes) ? controlsOf(get, at, sizes) : {};
  const projections = [
    ...split(transposed(get(`${at}.qkv`)), spans(sizes)),
    ...(controls.beta ? [['b', controls.beta] as [string, Matrix]] : []),
    ...(hasOutputGate ? [['g', transposed(get(`${at}.outputGate`))] as [string, Matrix]] : []),
  ];
  const convolutions = hasConvolution ? split(get(`${at}.convolution`), spans(sizes)) : [];
  const output = rowsTimes(get(`${at}.output`), get(`${at}.outputNorm`).data);
  return [
    ...projections.map(([name, matrix]): [string, Matrix] => [`${name}_proj.weight`, matrix]),
    ...convolutions.map(([name, { shape, data }]): [string, Matrix] => [
      `${name}_conv1d.weight`,
      { shape: [shape[0] ?? 0, 1, shape[1] ?? 0], data },
    ]),
    ...decayToFla(get, at, controls.decay, layer, sizes),
    ...sigmoidGate(sizes),
    [
      `${normName(sizes)}.weight`,
      { shape: [V], data: new Float32Array(V).fill(sizes.type === 'kda' ? 2 : 1) },
    ],
    ['o_proj.weight', transposed(scaled(output, streamScale))],
  ];
}

function layerTensors(get: Get, layer: number, sizes: FlaSizes): [string, Matrix][] {
  const [from, to] = [`layers.${layer}`, `model.layers.${layer}`];
  const heads = headTensors(get, `${from}.head`, layer, sizes);
  return [
    [`${to}.attn_norm.weight`, get(`${from}.headNorm`)],
    ...heads.map(([name, matrix]): [string, Matrix] => [`${to}.attn.${name}`, matrix]),
    [`${to}.mlp_norm.weight`, get(`${from}.mlpNorm`)],
    ...MLP.map(([own, theirs]): [string, Matrix] => [
      `${to}.mlp.${theirs}.weight`,
      transposed(get(`${from}.mlp.${own}`)),
    ]),
    [`${to}.mlp.down_proj.weight`, transposed(scaled(get(`${from}.mlp.down`), sizes.streamScale))],
  ];
}

/** Weights of a model under the names of flash-linear-attention, linear weights `[out,in]`. */
export function toFla(get: Get, sizes: FlaSizes): StoredTensors {
  const { D, layers, streamScale } = sizes;
  const table = get('embedding.table');
  const named: [string, Matrix][] = [
    ['model.embeddings.weight', scaled(table, Math.sqrt(D) * streamScale)],
    ['model.norm.weight', get('finalNorm.gain')],
    ['lm_head.weight', table],
    ...Array.from({ length: layers }, (_, layer) => layerTensors(get, layer, sizes)).flat(),
  ];
  return new Map(named.map(([name, { shape, data }]) => [name, float32(shape, data)]));
}

function layerWeights(get: Get, layer: number, sizes: FlaSizes): [string, Matrix][] {
  const { H, V, hasBeta, hasConvolution, hasOutputGate, streamScale } = sizes;
  const [from, to] = [`model.layers.${layer}`, `layers.${layer}`];
  const taps = (name: string): Matrix => {
    const { shape, data } = get(`${from}.attn.${name}_conv1d.weight`);
    return { shape: [shape[0] ?? 0, shape[2] ?? 0], data };
  };
  const names = spans(sizes).map(([name]) => name);
  const decay = decayFromFla(get, `${from}.attn`, sizes);
  const controls = [
    ...(hasBeta ? [get(`${from}.attn.b_proj.weight`)] : []),
    ...(decay.columns ? [decay.columns] : []),
  ];
  const optional: [boolean, string, () => Matrix][] = [
    [hasConvolution, 'convolution', () => stacked(names.map(taps))],
    [hasControls(sizes), 'controls', () => transposed(stacked(controls))],
    [hasOutputGate, 'outputGate', () => transposed(get(`${from}.attn.g_proj.weight`))],
  ];
  const back = (name: string): Matrix => unscaled(transposed(get(`${from}.${name}.weight`)), streamScale);
  return [
    [`${to}.headNorm`, get(`${from}.attn_norm.weight`)],
    [`${to}.head.qkv`, transposed(stacked(names.map((name) => get(`${from}.attn.${name}_proj.weight`))))],
    ...optional
      .filter(([isThere]) => isThere)
      .map(([, name, matrix]): [string, Matrix] => [`${to}.head.${name}`, matrix()]),
    ...decay.weights.map(([name, matrix]): [string, Matrix] => [`${to}.head.decay.${name}`, matrix]),
    [
      `${to}.head.outputNorm`,
      { shape: [H * V], data: gainsOf(get(`${from}.attn.${normName(sizes)}.weight`), sizes) },
    ],
    [`${to}.head.output`, back('attn.o_proj')],
    [`${to}.mlpNorm`, get(`${from}.mlp_norm.weight`)],
    ...MLP.map(([own, theirs]): [string, Matrix] => [
      `${to}.mlp.${own}`,
      transposed(get(`${from}.mlp.${theirs}.weight`)),
    ]),
    [`${to}.mlp.down`, back('mlp.down_proj')],
  ];
}

/** The gain of each channel of all heads; that of KDA is halved by its gate. */
function gainsOf({ data }: Matrix, { type, H, V }: FlaSizes): Float32Array {
  const factor = type === 'kda' ? 0.5 : 1;
  return Float32Array.from({ length: H * V }, (_, i) => factor * (data[i % V] ?? NaN));
}

/**
 * The reverse of `toFla`, with the gain of the read-outs left in the output projection.
 *
 * @throws CheckpointError for embeddings that are not those of `lm_head` as an export scales them.
 */
export function fromFla(get: Get, sizes: FlaSizes): NamedValues {
  const { D, layers, streamScale } = sizes;
  const table = get('lm_head.weight');
  const wanted = scaled(table, Math.sqrt(D) * streamScale).data;
  const embeddings = get('model.embeddings.weight').data;
  if (embeddings.length !== wanted.length || embeddings.some((x, i) => x !== wanted[i])) {
    throw new CheckpointError(
      'import: expected embeddings that are those of lm_head as an export scales them, got others; a model of Pavlov has one table, so that only its own exports come back',
    );
  }
  return new Map([
    ['embedding.table', table],
    ...Array.from({ length: layers }, (_, layer) => layerWeights(get, layer, sizes)).flat(),
    ['finalNorm.gain', get('model.norm.weight')],
  ]);
}
