import { lookUp } from '../../src/core/errors.js';
import type { CellKind } from './contract.js';

/** All kinds of cells by name, loaded when a worker first needs one. */
const kinds: Readonly<Record<string, () => Promise<CellKind>>> = {
  task: async () => (await import('./taskCell.js')).taskCell,
  stories: async () => (await import('./storiesCell.js')).storiesCell,
};

/**
 * A kind of cell by name.
 *
 * @throws ConfigError when there is none.
 */
export async function cellKind(name: string): Promise<CellKind> {
  return lookUp('cell.kind', kinds, name)();
}
