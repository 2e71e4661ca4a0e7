import { lookUp } from '../../src/core/errors.js';
import type { CellKind } from './contract.js';

/** All kinds of cells by name, loaded when a worker first needs one. */
const run = async (): Promise<CellKind> => (await import('./runCell.js')).runCell;
const kinds: Readonly<Record<string, () => Promise<CellKind>>> = { task: run, stories: run };

/**
 * A kind of cell by name.
 *
 * @throws ConfigError when there is none.
 */
export async function cellKind(name: string): Promise<CellKind> {
  return lookUp('cell.kind', kinds, name)();
}
