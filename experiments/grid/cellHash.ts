import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../src/checkpoint/manifest.js';
import { ConfigError } from '../../src/core/errors.js';
import { plugInsOf } from '../../train/config/plugIns.js';
import { packageVersion } from '../../src/core/ownPackage.js';
import type { Cell } from './contract.js';

const HASH_LENGTH = 12;

function isGroup(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON with the fields of every object in order, so that equal values are equal texts. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  if (!isGroup(value)) return JSON.stringify(value);
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, item]) => (item === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(item)}`]));
  return `{${fields.join(',')}}`;
}

function hash(value: Json): string {
  return createHash('sha256')
    .update(canonicalJson([packageVersion(), value]))
    .digest('hex')
    .slice(0, HASH_LENGTH);
}

/** What is of a cell beside its settings: the contents of files that its config only names, wherever they lie. */
function contentsOf({ config, text }: Cell): readonly [string | null, ...string[]] {
  const files = plugInsOf(config).map(({ kind, name, sha256 }) => `${kind} ${name} ${sha256}`);
  return [files.length > 0 ? files.join(', ') : null, ...(text === undefined ? [] : [text])];
}

/** A config without the places of files. */
function settingsOf({ config }: Cell): JsonObject {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'plugIns'));
}

/** The name of a cell: equal for equal configs of the same kind and version of the package, whatever their order. */
export function cellHash(cell: Cell): string {
  return hash([cell.kind, settingsOf(cell), ...contentsOf(cell)]);
}

/** The name of a cell's group: that of its config without the learning rate. */
export function groupHash(cell: Cell): string {
  const { kind } = cell;
  const config = settingsOf(cell);
  const optimizer = isGroup(config.optimizer) ? config.optimizer : {};
  const others = Object.entries(optimizer).filter(([name]) => name !== 'learningRate');
  return hash(['group', kind, { ...config, optimizer: Object.fromEntries(others) }, ...contentsOf(cell)]);
}

/**
 * The learning rate of a cell.
 *
 * @throws ConfigError when its config has none.
 */
export function learningRateOf({ kind, config }: Cell): number {
  const rate = isGroup(config.optimizer) ? config.optimizer.learningRate : undefined;
  if (typeof rate === 'number') return rate;
  throw new ConfigError(
    `grid: expected a number in optimizer.learningRate of every cell, got ${JSON.stringify(rate)} in one of kind '${kind}'; resolve its config`,
  );
}
