/**
 * Every error a user may cause. Message form: `<where>: expected <what>, got <value>; <what to do>`.
 * `code` is stable; the command line maps it to an exit code.
 */
export type ErrorCode =
  | 'CONFIG'
  | 'SHAPE'
  | 'PLUG_IN'
  | 'DATA'
  | 'CHECKPOINT'
  | 'TRACE'
  | 'ENGINE'
  | 'NON_FINITE';

export class PavlovError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** A setting, flag or argument that is unknown, of the wrong type or out of range. */
export class ConfigError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIG', message, options);
  }
}

/** Tensors whose shapes do not fit together. */
export class ShapeError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('SHAPE', message, options);
  }
}

/** A rule, gate, task or the like of the user's own that threw, or gave what its contract does not allow: the cause. */
export class PlugInError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('PLUG_IN', message, options);
  }
}

/** Text, token or download data that is missing or damaged. */
export class DataError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('DATA', message, options);
  }
}

/** A checkpoint that is missing, damaged, foreign or does not fit the config. */
export class CheckpointError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('CHECKPOINT', message, options);
  }
}

/** A function that cannot be traced into a graph. */
export class TraceError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('TRACE', message, options);
  }
}

/** An engine, device or backend that does not work on this machine. */
export class EngineError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('ENGINE', message, options);
  }
}

/** A loss or gradient that is NaN or infinite. */
export class NonFiniteError extends PavlovError {
  constructor(message: string, options?: ErrorOptions) {
    super('NON_FINITE', message, options);
  }
}

/** Number of single-character edits between two words (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, x] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, y] of Array.from(b).entries()) {
      const swap = (row[j] ?? 0) + (x === y ? 0 : 1);
      next.push(Math.min(swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The only name that has a word within it, such as 'learningRate' for 'rate'. */
function nameWith(word: string, names: readonly string[]): string | undefined {
  if (word.length < 3) return undefined;
  const holding = names.filter((name) => name.toLowerCase().includes(word.toLowerCase()));
  return holding.length === 1 ? holding[0] : undefined;
}

/** Edits within which a name is suggested. */
const MOST_EDITS = 2;

/**
 * `; did you mean 'delta'?` for the name that is one edit away, the only one that has the word within it, or the closest
 * within two edits; else the empty string.
 */
export function suggest(word: string, names: readonly string[]): string {
  // Words of very different lengths are many edits apart, which would take long to count for a long word.
  const alike = names.filter((name) => Math.abs(name.length - word.length) <= MOST_EDITS);
  const ranked = alike.map((name) => ({ name, edits: editDistance(word.toLowerCase(), name.toLowerCase()) }));
  const best = ranked.sort((a, b) => a.edits - b.edits)[0];
  const close = (edits: number): string | undefined => (best && best.edits <= edits ? best.name : undefined);
  const near = close(1) ?? nameWith(word, names) ?? close(MOST_EDITS);
  return near === undefined ? '' : `; did you mean '${near}'?`;
}

/**
 * The entry of a registry by name.
 *
 * @throws ConfigError that lists the names and suggests the nearest when there is none.
 */
export function lookUp<T>(where: string, table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(table);
  throw new ConfigError(
    `${where}: expected one of ${names.join(' | ')}, got '${name}'${suggest(name, names)}`,
  );
}
