import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** How files from elsewhere are opened: a pipe that nobody writes to must not hold up the process. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0); // Windows has none

/** What is refused before it is read; `code` is explained as the codes of the operating system are. */
class FileRefusal extends Error {
  override readonly name = 'FileRefusal';

  constructor(readonly code: 'NOT_A_FILE' | 'TOO_LARGE') {
    super(code);
  }
}

/**
 * Refuses devices, pipes and sockets, which may have no end, and files of more bytes than such a file can have. A folder is
 * left to the operating system, which refuses to read it.
 */
export function checkIsFile(found: Stats, maxBytes = Infinity): void {
  if (!found.isFile() && !found.isDirectory()) throw new FileRefusal('NOT_A_FILE');
  if (found.size > maxBytes) throw new FileRefusal('TOO_LARGE');
}

/**
 * The bytes of a file that may come from anybody.
 *
 * @throws the operating system's error, or a refusal with a code of the same form.
 */
export async function readWhole(path: string, maxBytes?: number): Promise<Buffer> {
  const file = await open(path, READ_FLAGS);
  try {
    checkIsFile(await file.stat(), maxBytes);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
