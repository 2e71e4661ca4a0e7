import { z } from 'zod';
import { callback, made, optionsCheck, signal } from '../../../src/core/options.js';

/** What happens during a download. Sizes in bytes. */
export type DownloadEvent =
  /** Bytes on disk so far; `total` when the server tells it. */
  | { readonly type: 'progress'; readonly file: string; readonly bytes: number; readonly total?: number }
  /** The server continues a part from before. */
  | { readonly type: 'resumed'; readonly file: string; readonly bytes: number }
  /** The part from before cannot be used; the file starts anew. */
  | { readonly type: 'restarted'; readonly file: string; readonly reason: string }
  /** The connection failed; it is tried again after a wait. */
  | {
      readonly type: 'retry';
      readonly file: string;
      readonly attempt: number;
      readonly waitMs: number;
      readonly reason: string;
    }
  | { readonly type: 'done'; readonly file: string; readonly bytes: number; readonly verified: Verified };

/** What the finished file was checked against: the hash given or announced, the size announced, or nothing. */
export type Verified = 'sha256' | 'size' | 'nothing';

/** Time limits; all of them in milliseconds but `retries`. */
export interface DownloadTiming {
  /** Longest silence of the server, also before its first byte. */
  readonly stallMs: number;
  /** Failures in a row that are followed by another try; one that brought new bytes starts the count anew. */
  readonly retries: number;
  /** Wait before the first retry; doubles each time. */
  readonly backoffMs: number;
  /** Longest wait, also when the server asks for more. */
  readonly longestWaitMs: number;
  /** Waits; replaced in tests. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What to fetch and where to put it. */
export interface DownloadOptions {
  readonly url: string;
  readonly path: string;
  /** The hash the file must have, when it is known; else the one the server announces is used. */
  readonly sha256?: string;
  readonly timing?: Partial<DownloadTiming>;
  readonly onEvent?: (event: DownloadEvent) => void;
  readonly signal?: AbortSignal;
}

/** Options that every download has. */
export const downloadFields = {
  timing: made<Partial<DownloadTiming>>('waiting times').optional(),
  onEvent: callback<(event: DownloadEvent) => void>().optional(),
  signal: signal.optional(),
};

export const checkDownload = optionsCheck<DownloadOptions>({
  url: z.string(),
  path: z.string(),
  sha256: z.string().optional(),
  ...downloadFields,
});
