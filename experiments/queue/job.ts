import type { Queue, QueueEvents } from 'bullmq';
import { z } from 'zod';
import { readTestResult, readTrainResult } from '../grid/results.js';
import { cellHash } from '../grid/cellHash.js';
import type { Cell, Stage, StageResult } from '../grid/contract.js';
import { list, made } from '../../src/core/options.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';

/** Text of a file of the user's own. */
export interface CodeFile {
  readonly sha256: string;
  readonly name: string;
  readonly text: string;
}

const orderSchema = z.strictObject({
  stage: z.enum(['train', 'test']),
  cell: z.strictObject({
    kind: z.string(),
    config: made<JsonObject>('a config'),
    text: z.string().exactOptional(),
  }),
  threads: z.int().min(1),
  code: list<readonly CodeFile[]>(),
});

/** What lies in a queue: one stage of one cell. */
export interface CellOrder {
  readonly stage: Stage;
  readonly cell: Cell;
  readonly threads: number;
  /** The files that its config names. */
  readonly code: readonly CodeFile[];
}

/** Checks what was found in a queue. */
export const readOrder = (data: unknown): CellOrder => orderSchema.parse(data);

/**
 * The name of an order: the same for equal cells of all callers, so that the server holds each once. BullMQ takes neither
 * plain numbers nor colons.
 */
export function orderId({ stage, cell, threads }: Pick<CellOrder, 'stage' | 'cell' | 'threads'>): string {
  return `${stage}-${cellHash(cell)}-${threads}`;
}

const answerSchema = z.strictObject({
  result: z.unknown(),
  died: z.boolean(),
  /** The worker that has the checkpoint; none where workers share a folder. */
  on: z.string().nullable(),
});

/** What a worker gives back. */
export interface CellAnswer {
  readonly result: StageResult;
  readonly died: boolean;
  readonly on: string | null;
}

/** Checks what a worker gave back. */
export function readAnswer(stage: Stage, value: unknown, id: string): CellAnswer {
  const { result, ...rest } = answerSchema.parse(value);
  const read = stage === 'train' ? readTrainResult : readTestResult;
  return { ...rest, result: read(result, `answer of ${id}`) };
}

/** A queue with its events. */
export interface OpenQueue {
  readonly queue: Queue;
  readonly events: QueueEvents;
}

/** Finished orders stay on the server for so long, and so many of them, for other callers that want the same. */
export const KEEP = { age: 3600, count: 1000 };
