import { lstat, open } from 'node:fs/promises';
import { diskFault, isMissing } from './diskFault.js';

/** Makes the names in a folder durable. Windows cannot open a folder, and needs no sync of it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Whether there is something of that name. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw diskFault(path, 'look at it', error);
    },
  );
}

/** The name, or the first of `-2`, `-3` after it that is not taken. */
export async function freeName(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? path : `${path}-${n}`;
    if (!(await exists(candidate))) return candidate;
  }
}
