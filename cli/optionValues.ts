import { ConfigError } from '../src/core/errors.js';

/** Reads the text of an option; throws a ConfigError that names the option. */
type Read<T> = (text: string) => T;

function bounds(low: number, high: number): string {
  if (low === -Infinity && high === Infinity) return '';
  if (high === Infinity) return ` of at least ${low}`;
  return ` between ${low} and ${high}`;
}

/** A whole number within inclusive bounds; underscores may group digits. */
export function wholeNumber(option: string, low = 0, high = Infinity): Read<number> {
  return (text) => {
    const value = /^[+-]?\d[\d_]*$/.test(text) ? Number(text.replaceAll('_', '')) : NaN;
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw new ConfigError(`${option}: expected a whole number${bounds(low, high)}, got '${text}'`);
  };
}

/** A finite number within inclusive bounds. */
export function finiteNumber(option: string, low = -Infinity, high = Infinity): Read<number> {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (Number.isFinite(value) && value >= low && value <= high) return value;
    throw new ConfigError(`${option}: expected a number${bounds(low, high)}, got '${text}'`);
  };
}

/** Names between commas, without blanks; at least one. */
export function nameList(option: string): Read<readonly string[]> {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    if (names.every((name) => name !== '')) return names;
    throw new ConfigError(`${option}: expected names between commas, got '${text}'`);
  };
}

/** Gathers an option that may be given several times. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
