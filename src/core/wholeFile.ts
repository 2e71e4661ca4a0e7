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

/** Files that are read at the same time, whoever asks for how many: some systems let a process open 256. */
const MOST_AT_ONCE = 32;
let reading = 0;
const waiting = new Set<() => void>();

/** Waits for its turn among what is read. */
async function inTurn<T>(body: () => Promise<T>): Promise<T> {
  if (reading < MOST_AT_ONCE) reading++;
  else await new Promise<void>((turn) => waiting.add(turn));
  try {
    return await body();
  } finally {
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      next();
    } else reading--;
  }
}

/**
 * The bytes of a file that may come from anybody.
 *
 * @throws the operating system's error, or a refusal with a code of the same form.
 */
export function readWhole(path: string, maxBytes?: number): Promise<Buffer> {
  return inTurn(async () => {
    const file = await open(path, READ_FLAGS);
    try {
      checkIsFile(await file.stat(), maxBytes);
      return await file.readFile();
    } finally {
      await file.close();
    }
  });
}
