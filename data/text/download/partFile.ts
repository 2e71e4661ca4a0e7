import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { writeError } from '../encode/atomicFile.js';

const noteSchema = z.strictObject({
  url: z.string(),
  /** ETag or date of the version that the part is of. */
  validator: z.string().optional(),
  sha256: z.string().optional(),
  total: z.number().optional(),
});

/** What is known about the version a part is of. */
export type PartNote = z.infer<typeof noteSchema>;

/** A part of a file on disk, and a note beside it that says of which version. */
export class PartFile {
  readonly path: string;
  private readonly notePath: string;

  constructor(private readonly target: string) {
    this.path = `${target}.part`;
    this.notePath = `${target}.part.json`;
  }

  /** Bytes on disk. */
  async size(): Promise<number> {
    const found = await stat(this.path).catch(() => undefined);
    return found?.size ?? 0;
  }

  /** The note; undefined when there is none that can be read, so that the part cannot be trusted. */
  async note(): Promise<PartNote | undefined> {
    const json = await readFile(this.notePath, 'utf8').catch(() => undefined);
    if (json === undefined) return undefined;
    try {
      return noteSchema.parse(JSON.parse(json));
    } catch {
      return undefined; // the download then starts anew, and says so
    }
  }

  /** Starts an empty part of the version that the note describes. */
  async begin(note: PartNote): Promise<void> {
    await this.onDisk(async () => {
      await writeFile(this.path, '');
      await writeFile(this.notePath, JSON.stringify(note));
    });
  }

  /** Opens the part to add at its end. */
  async append(): Promise<FileHandle> {
    return this.onDisk(() => open(this.path, 'a'));
  }

  /** Writes all of a chunk. */
  async write(file: FileHandle, chunk: Uint8Array): Promise<void> {
    await this.onDisk(async () => {
      for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
    });
  }

  /** Syncs the part, puts it in its place and drops the note. */
  async finish(): Promise<void> {
    await this.onDisk(async () => {
      const file = await open(this.path, 'r+');
      await file.sync().finally(() => file.close());
      await rename(this.path, this.target);
      await rm(this.notePath, { force: true });
    });
  }

  /** Drops part and note. */
  async discard(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(this.notePath, { force: true });
  }

  private async onDisk<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw writeError(this.path, error);
    }
  }
}
