import { listCheckpoints } from '../../src/checkpoint/store.js';

/** Newest step saved in a folder, 0 for none. */
export async function latestStep(folder: string): Promise<number> {
  return (await listCheckpoints(folder)).at(-1)?.step ?? 0;
}
