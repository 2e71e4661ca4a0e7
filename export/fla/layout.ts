import { required } from '../../src/core/required.js';

/** Row-major numbers. */
export interface Matrix {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** `[a,b]` -> `[b,a]`. */
export function transposed({ shape: [rows = 0, columns = 0], data }: Matrix): Matrix {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c] ?? NaN;
  }
  return { shape: [columns, rows], data: out };
}

/** Rows `[from, from + count)`. */
export function rowsOf({ shape: [, columns = 1], data }: Matrix, from: number, count: number): Matrix {
  return { shape: [count, columns], data: data.slice(from * columns, (from + count) * columns) };
}

/** Zeros in this shape. */
export const zeros = (...shape: number[]): Matrix => ({
  shape,
  data: new Float32Array(shape.reduce((n, size) => n * size, 1)),
});

/** A matrix with zeros below and to the right of it. */
export function padded(
  { shape: [height = 0, width = 0], data }: Matrix,
  rows: number,
  columns: number,
): Matrix {
  const out = new Float32Array(rows * columns);
  for (let r = 0; r < height; r++) out.set(data.subarray(r * width, (r + 1) * width), r * columns);
  return { shape: [rows, columns], data: out };
}

/** Matrices of as many columns, one above the other. */
export function stacked(parts: readonly Matrix[]): Matrix {
  const columns = required(parts[0]?.shape[1], 'a part');
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { shape: [data.length / columns, columns], data };
}

/** Every number times `factor`, rounded once. */
export function scaled({ shape, data }: Matrix, factor: number): Matrix {
  return { shape, data: data.map((x) => x * factor) };
}

/** The neighbour of a float32 in the direction of `step` units in the last place. */
function neighbour(x: number, step: number): number {
  const float = Float32Array.of(x);
  const bits = new Int32Array(float.buffer);
  bits[0] = (bits[0] ?? 0) + step;
  return float[0] ?? NaN;
}

/** Numbers that `scaled` by the factor are these again, to the bit wherever such numbers exist. */
export function unscaled({ shape, data }: Matrix, factor: number): Matrix {
  const back = (y: number): number => {
    const x = Math.fround(y / factor);
    const near = [x, neighbour(x, 1), neighbour(x, -1)];
    return near.find((each) => Math.fround(each * factor) === y) ?? x;
  };
  return { shape, data: data.map(back) };
}

/** Row r times `gains[r]`. */
export function rowsTimes({ shape, data }: Matrix, gains: Float32Array): Matrix {
  const columns = shape[1] ?? 1;
  return { shape, data: data.map((x, i) => x * (gains[Math.floor(i / columns)] ?? NaN)) };
}
