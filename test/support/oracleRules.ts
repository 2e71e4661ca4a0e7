/** The equations of the learning rules, token by token, in float64. Nothing here comes from the library. */

/** What one head remembers: `S[i][j]`, value i, key j, and other fields of the state, flat. */
export interface OracleMemory {
  readonly S: number[][];
  readonly more: Readonly<Record<string, number[]>>;
}

export interface OracleToken {
  readonly q: readonly number[];
  readonly k: readonly number[];
  readonly v: readonly number[];
  /** Signals of one number. */
  readonly signals: Readonly<Record<string, number>>;
  /** Signals with an axis of their own. */
  readonly wide: Readonly<Record<string, readonly number[]>>;
}

export type OracleParams = Readonly<Record<string, number | string>>;

/** A field of the state beside S, `[B,H,..shape]`, and what an empty memory has in it. */
export interface OracleField {
  readonly shape: readonly number[];
  readonly empty: (index: number) => number;
}

interface Oracle {
  /** Writes one token into a memory whose S has decayed already. */
  write(memory: OracleMemory, token: OracleToken, params: OracleParams): void;
  /** Fields beside S. */
  fields?(sizes: { K: number; V: number }, params: OracleParams): Readonly<Record<string, OracleField>>;
  /** What a decay, by key channel, does to the fields beside S. Default: nothing. */
  decay?(memory: OracleMemory, left: readonly number[], params: OracleParams): void;
  /** What the query reads. Default: S q. */
  read?(memory: OracleMemory, token: OracleToken, params: OracleParams): number[];
  /** Keys per token. Default: 1. */
  writes?(params: OracleParams): number;
}

/** A field that starts at one value. */
const field = (shape: readonly number[], value = 0): OracleField => ({ shape, empty: () => value });

/** The vectors of the writes of a token, one after the other. */
const parts = (x: readonly number[], n: number): number[][] =>
  Array.from({ length: n }, (_, j) => x.slice((j * x.length) / n, ((j + 1) * x.length) / n));

export const product = (row: readonly number[], x: readonly number[]): number =>
  row.reduce((sum, s, j) => sum + s * x[j]!, 0);

/** What each key channel holds of a vector of values: sum over i of S_ij x_i. */
const backwards = (S: readonly number[][], x: readonly number[]): number[] =>
  S[0]!.map((_, j) => S.reduce((sum, row, i) => sum + row[j]! * x[i]!, 0));

function add(S: number[][], amount: (i: number, j: number) => number): void {
  const amounts = S.map((row, i) => row.map((_, j) => amount(i, j)));
  S.forEach((row, i) => row.forEach((_, j) => (row[j]! += amounts[i]![j]!)));
}

const hebbian: Oracle = {
  write({ S }, { k, v, signals }) {
    add(S, (i, j) => signals.beta! * v[i]! * k[j]!);
  },
};

const delta: Oracle = {
  write({ S }, { k, v, signals }) {
    const predicted = S.map((row) => product(row, k));
    add(S, (i, j) => signals.beta! * (v[i]! - predicted[i]!) * k[j]!);
  },
};

const oja: Oracle = {
  write({ S }, { k, v, signals }, { forgetting }) {
    const held = backwards(S, v);
    add(S, (i, j) => signals.beta! * v[i]! * (k[j]! - Number(forgetting) * held[j]!));
  },
};

const ojaUnit: Oracle = {
  write({ S }, { k, v, signals }) {
    add(S, (i, j) => signals.beta! * v[i]! * (k[j]! - v[i]! * S[i]![j]!));
  },
};

const ojaResponse: Oracle = {
  write({ S }, { k, v, signals }) {
    const y = S.map((row, i) => product(row, k) + v[i]!);
    const held = backwards(S, y);
    add(S, (i, j) => signals.beta! * y[i]! * (k[j]! - held[j]!));
  },
};

function slide(theta: number[], activity: readonly number[], rho: number): void {
  theta.forEach((old, i) => (theta[i] = rho * old + (1 - rho) * activity[i]!));
}

const bcm: Oracle = {
  fields: ({ V }, { form }) => ({ theta: field([form === 'gate' ? 1 : V]) }),
  write({ S, more: { theta = [] } }, { k, v, signals }, { form, rho }) {
    const power = v.reduce((sum, x) => sum + x * x, 0) / v.length;
    const rate = v.map((x) => (x > 0 ? x : 0));
    const phi = {
      signed: v.map((x, i) => x * (Math.abs(x) - theta[i]!)),
      rate: rate.map((x, i) => x * (x - theta[i]!)),
      gate: v.map((x) => x * (power - theta[0]!)),
    }[String(form)]!;
    const activity = { signed: v.map(Math.abs), rate: rate.map((x) => x * x), gate: [power] }[String(form)]!;
    add(S, (i, j) => signals.beta! * phi[i]! * k[j]!);
    slide(theta, activity, Number(rho));
  },
};

const bcmResponse: Oracle = {
  fields: ({ V }) => ({ theta: field([V]) }),
  write({ S, more: { theta = [] } }, { k, v, signals }, { rho }) {
    const y = S.map((row, i) => product(row, k) + v[i]!);
    add(S, (i, j) => signals.beta! * y[i]! * (y[i]! - theta[i]!) * k[j]!);
    slide(
      theta,
      y.map((x) => x * x),
      Number(rho),
    );
  },
};

const deltaProduct: Oracle = {
  writes: ({ writes }) => Number(writes),
  write({ S }, { k, v, wide }, { writes }) {
    const [keys, values] = [parts(k, Number(writes)), parts(v, Number(writes))];
    wide.beta!.forEach((beta, n) => {
      const predicted = S.map((row) => product(row, keys[n]!));
      add(S, (i, j) => beta * (values[n]![i]! - predicted[i]!) * keys[n]![j]!);
    });
  },
};

const outer = (S: number[][], a: readonly number[], b: readonly number[]): void =>
  add(S, (i, j) => a[i]! * b[j]!);

const comba: Oracle = {
  write({ S }, { k, v, signals }) {
    const { beta = 0, feedback = 0 } = signals;
    const predicted = S.map((row) => feedback * product(row, k));
    add(S, (i, j) => beta * (v[i]! - predicted[i]!) * k[j]!);
  },
  read({ S }, { q, k, signals }) {
    const { correction = 0, feedback = 0 } = signals;
    const asked = q.map((x, j) => x - correction * feedback * k[j]!);
    return S.map((row) => product(row, asked));
  },
};

const gatedDelta2: Oracle = {
  write({ S }, { k, v, wide }) {
    const erased = S.map((row) => row.reduce((sum, s, j) => sum + s * wide.erase![j]! * k[j]!, 0));
    outer(
      S,
      v.map((x, i) => wide.beta![i]! * x - erased[i]!),
      k,
    );
  },
};

const rwkv7: Oracle = {
  write({ S }, { k, v, wide }) {
    const { beta: alpha = [], removal = [], replacement = [] } = wide;
    const kappa = k.map((x, j) => removal[j]! * x);
    const length = Math.sqrt(kappa.reduce((sum, x) => sum + x * x, 1e-6));
    const r = kappa.map((x) => x / length);
    const removed = S.map((row) => product(row, r));
    const written = k.map((x, j) => x * (1 - replacement[j]! + alpha[j]! * replacement[j]!));
    add(S, (i, j) => v[i]! * written[j]! - removed[i]! * alpha[j]! * r[j]!);
  },
};

const preconditionedDelta: Oracle = {
  fields: ({ K }) => ({ A: field([K]) }),
  write({ S, more: { A = [] } }, { k, v, signals }, { reach }) {
    const { beta = 0, usage = 0, keep = 0, center = 0 } = signals;
    k.forEach((x, j) => (A[j] = keep * A[j]! + usage * x * x));
    const m = A.map((a) => {
      const r = Math.log(a + 1e-6) - center;
      return Number(reach) ** (-r / (1 + Math.abs(r)));
    });
    const predicted = S.map((row) => product(row, k));
    add(S, (i, j) => beta * (v[i]! - predicted[i]!) * m[j]! * k[j]!);
  },
};

const titans: Oracle = {
  fields: ({ K, V }) => ({ Z: field([V, K]) }),
  write({ S, more: { Z = [] } }, { k, v, signals }) {
    const { beta = 0, momentum = 0 } = signals;
    const predicted = S.map((row) => product(row, k));
    v.forEach((x, i) =>
      k.forEach((y, j) => {
        const at_ = i * k.length + j;
        Z[at_] = momentum * Z[at_]! + (1 - momentum) * beta * (x - predicted[i]!) * y;
        S[i]![j]! += Z[at_];
      }),
    );
  },
};

const yaad: Oracle = {
  write({ S }, { k, v, signals }) {
    const { beta = 0, threshold = 0 } = signals;
    const e = v.map((x, i) => x - product(S[i]!, k));
    const length = Math.sqrt(e.reduce((sum, x) => sum + x * x, 0));
    const share = length <= threshold ? 1 : threshold / length;
    add(S, (i, j) => beta * share * e[i]! * k[j]!);
  },
};

/** S over its norm to the power `retention`, as moneta asks it. */
function normed(S: readonly (readonly number[])[], retention: number): number[][] {
  const powers = S.flat().reduce((sum, s) => sum + (s * s + 1e-6) ** (retention / 2), 0);
  return S.map((row) => row.map((s) => s / powers ** ((retention - 2) / retention)));
}

const moneta: Oracle = {
  write({ S }, { k, v, signals }, { power, retention }) {
    const W = normed(S, Number(retention));
    const e = v.map((x, i) => x - product(W[i]!, k));
    const write = e.map((x) => x * (x * x + 1e-6) ** (Number(power) / 2 - 1));
    add(S, (i, j) => signals.beta! * write[i]! * k[j]!);
  },
  read: ({ S }, { q }, { retention }) => normed(S, Number(retention)).map((row) => product(row, q)),
};

/** The shares of each row. */
function shares(S: readonly (readonly number[])[]): number[][] {
  return S.map((row) => {
    const sum = row.reduce((total, s) => total + Math.exp(s), 0);
    return row.map((s) => Math.exp(s) / sum);
  });
}

const memora: Oracle = {
  write({ S }, { k, v, signals }) {
    const W = shares(S);
    add(S, (i, j) => signals.beta! * (v[i]! - product(W[i]!, k)) * k[j]!);
  },
  read: ({ S }, { q }) => shares(S).map((row) => product(row, q)),
};

/** A square matrix, flat, of the numbers at i and j. */
const square = (K: number, value: (i: number, j: number) => number): number[] =>
  Array.from({ length: K * K }, (_, n) => value(Math.floor(n / K), n % K));

/** The covariance of rls: what is uncertain at first, less what has become certain. */
const uncertain = (Q: readonly number[], K: number, ridge: unknown): number[] =>
  square(K, (i, j) => (i === j ? 1 / Number(ridge) : 0) - Q[i * K + j]!);

const rls: Oracle = {
  fields: ({ K }) => ({ Q: field([K, K]) }),
  decay({ more: { Q = [] } }, left, { ridge }) {
    const K = left.length;
    const P = uncertain(Q, K, ridge);
    const drifted = square(K, (i, j) => {
      const came = i === j ? (1 - left[i]! ** 2) / Number(ridge) : 0;
      return left[i]! * P[i * K + j]! * left[j]! + came;
    });
    uncertain(drifted, K, ridge).forEach((x, n) => (Q[n] = x));
  },
  write({ S, more: { Q = [] } }, { k, v, signals }, { ridge }) {
    const K = k.length;
    const P = uncertain(Q, K, ridge);
    const Pk = k.map((_, i) => product(P.slice(i * K, (i + 1) * K), k));
    const scale = 1 / (1 / signals.beta! + product(Pk, k));
    const gain = Pk.map((x) => (signals.beta === 0 ? 0 : x * scale));
    const e = v.map((x, i) => x - product(S[i]!, k));
    outer(S, e, gain);
    const after = square(K, (i, j) => P[i * K + j]! - gain[i]! * Pk[j]!);
    uncertain(after, K, ridge).forEach((x, n) => (Q[n] = x));
  },
};

/** The solution of a system by elimination with pivots. */
function solved(A: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = A.map((row, i) => [...row, b[i]!]);
  const n = rows.length;
  for (let c = 0; c < n; c++) {
    const pivot = rows
      .slice(c)
      .reduce((best, row, i) => (Math.abs(row[c]!) > Math.abs(rows[best]![c]!) ? c + i : best), c);
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const share = rows[r]![c]! / rows[c]![c]!;
      rows[c]!.forEach((x, j) => (rows[r]![j]! -= share * x));
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

const mesa: Oracle = {
  fields: ({ K }) => ({ H: field([K, K]) }),
  decay({ more: { H = [] } }, left) {
    const K = left.length;
    square(K, (i, j) => H[i * K + j]! * Math.sqrt(left[i]! * left[j]!)).forEach((x, n) => (H[n] = x));
  },
  write({ S, more: { H = [] } }, { k, v, signals }) {
    const K = k.length;
    add(S, (i, j) => signals.beta! * v[i]! * k[j]!);
    square(K, (i, j) => signals.beta! * k[i]! * k[j]!).forEach((x, n) => (H[n]! += x));
  },
  read({ S, more: { H = [] } }, { q, wide }) {
    const K = q.length;
    const A = q.map((_, i) =>
      q.map((__, j) => (H[i * K + j]! + H[j * K + i]!) / 2 + (i === j ? wide.ridge![i]! : 0)),
    );
    const x = solved(A, q);
    return S.map((row) => product(row, x));
  },
};

/** Every registered rule must have its oracle here. */
export const oracles: Readonly<Record<string, Oracle>> = {
  bcm,
  'bcm-response': bcmResponse,
  comba,
  delta,
  'delta-product': deltaProduct,
  'gated-delta-2': gatedDelta2,
  hebbian,
  memora,
  mesa,
  moneta,
  oja,
  'oja-response': ojaResponse,
  'oja-unit': ojaUnit,
  'preconditioned-delta': preconditionedDelta,
  rls,
  rwkv7,
  titans,
  yaad,
};
