import { PlugInError, type ErrorCode, PavlovError } from '../../src/core/errors.js';
import { isMemoryFault } from '../foreignErrors.js';
import { plugInError, whileAwaited, type OwnPart } from './fault.js';

/** Frames of a stack: tfjs alone may take the ten that are usual. */
const FRAMES = 100;
/** How deep what a function gives is searched for functions. */
const DEPTH = 4;

/** Refuses what a function gives, by the words that messages have for the function, such as `open().draw`. */
export type ResultChecks = Readonly<Record<string, (result: never, ...args: never[]) => void>>;

/** How a part is guarded. */
export interface Guarding extends OwnPart {
  /** @throws ShapeError for a result that the contract does not allow. */
  readonly results?: ResultChecks | undefined;
  /** Errors that the contract lets it throw, which are no faults. */
  readonly passes?: readonly ErrorCode[] | undefined;
}

type AnyFunction = (...args: unknown[]) => unknown;

const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function';

/** Objects that only hold fields; tensors, arrays of numbers and schemas stay as they are. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

function holdsFunctions(value: unknown, depth: number): boolean {
  if (isFunction(value)) return true;
  if (typeof value !== 'object' || value === null || depth === 0 || !isPlain(value)) return false;
  return Object.values(value).some((field) => holdsFunctions(field, depth - 1));
}

/** A value in which every function is guarded; the value itself where there is none. */
function guardValue(value: unknown, what: string, how: Guarding, owner?: unknown): unknown {
  if (isFunction(value)) return guardFunction(value, what, how, owner);
  if (!holdsFunctions(value, DEPTH)) return value;
  if (Array.isArray(value)) return value.map((each) => guardValue(each, what, how));
  const fields = Object.entries(value as object).map(([name, field]: [string, unknown]) => {
    const path = what === '' ? name : `${what}.${name}`;
    return [name, guardValue(field, path, how, value)] as const;
  });
  return Object.fromEntries(fields);
}

function guardFunction(run: AnyFunction, what: string, how: Guarding, owner: unknown): AnyFunction {
  // The cast: a check is written for the very function it stands for.
  const check = how.results?.[what] as AnyFunction | undefined;
  const taken = (result: unknown, args: readonly unknown[]): unknown => {
    check?.(result, ...args);
    return guardValue(result, `${what}()`, how);
  };
  const told = (error: unknown): unknown => {
    const passes = error instanceof PavlovError && how.passes?.includes(error.code);
    return error instanceof PlugInError || passes || isMemoryFault(error)
      ? error
      : plugInError(how, what, error);
  };
  return (...args) => {
    try {
      const result = Reflect.apply(run, owner, args);
      if (!(result instanceof Promise)) return taken(result, args);
      return whileAwaited(`${what} of the ${how.kind} of ${how.path}`, result)
        .then((value: unknown) => taken(value, args))
        .catch((error: unknown) => {
          throw told(error);
        });
    } catch (error) {
      throw told(error);
    }
  };
}

/**
 * A part of the user's own whose faults are told as its file's own: an error that one of its functions throws, or a
 * function of what these give, with its place in the file, and a result that the contract does not allow.
 */
export function guardPlugIn<Part extends object>(part: Part, how: Guarding): Part {
  Error.stackTraceLimit = FRAMES;
  return guardValue(part, '', how) as Part; // the same fields
}
