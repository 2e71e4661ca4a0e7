import { valueAt } from '../../src/core/valueAt.js';
import type { RawConfig } from '../config/layers.js';
import { isObject } from '../../src/core/isObject.js';

const PARTS = ['train', 'validation', 'test'] as const;

const named = (settings: RawConfig): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

/** A part of a preset under settings that were chosen over it; what it said of these no longer counts. */
function chosenOver(part: unknown, chosen: RawConfig): unknown {
  const own = valueAt(part, ['settings']);
  if (!isObject(part) || !isObject(own)) return part;
  const left = Object.fromEntries(Object.entries(own).filter(([name]) => !Object.hasOwn(chosen, name)));
  if (Object.keys(left).length === Object.keys(own).length) return part;
  return { ...part, name: named({ ...left, ...chosen }), settings: left };
}

/** Parts without those that have become equal to one before. */
function different(parts: readonly unknown[]): unknown[] {
  const settingsOf = (part: unknown): string => JSON.stringify(valueAt(part, ['settings']));
  return parts.filter(
    (part, i) => !parts.slice(0, i).some((other) => settingsOf(other) === settingsOf(part)),
  );
}

/**
 * Parts of a preset that heed settings chosen over it: a setting that someone asks for holds in every part, so parts
 * that differed in nothing else fall together. Parts that were given too stay as they are.
 */
export function heedSettings(preset: RawConfig, given: RawConfig): RawConfig {
  const chosen = valueAt(given, ['task', 'settings']);
  const { task } = preset;
  if (!isObject(chosen) || !isObject(task)) return preset;
  const adapted = PARTS.map((kind) => {
    const parts: unknown = task[kind];
    return [
      kind,
      Array.isArray(parts) ? different(parts.map((part) => chosenOver(part, chosen))) : parts,
    ] as const;
  });
  return { ...preset, task: { ...task, ...Object.fromEntries(adapted) } };
}
