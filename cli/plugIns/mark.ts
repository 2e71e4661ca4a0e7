import type { MessagePort } from 'node:worker_threads';

/**
 * Marks, in their URLs, the modules of a plug-in: its file, and the files that it imports by a relative name. After it
 * stand the SHA-256 of the plug-in's file and whether anything may be imported or only what is trusted.
 */
export const MARK = '?pavlov-plug-in=';

/** After the hash of a file that nobody named here: only content that was trained with before is imported. */
export const TRUSTED = '-trusted';

/** A file of a plug-in that was imported: its path and the SHA-256 of the very bytes that were. */
export type ImportedFile = readonly [path: string, sha256: string];

/** What the loader tells the hooks, which run on a thread of their own. */
export interface HookData {
  /** Where each public entry of this package is: `pavlov-lm` to the URL that this process uses. */
  readonly entries: Readonly<Record<string, string>>;
  /** Hashes of what was trained with on this machine. */
  readonly trusted: ReadonlySet<string>;
  /** Takes the files that are imported. */
  readonly port: MessagePort;
}
