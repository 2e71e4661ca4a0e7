import { type StoredTensors } from './format.js';
import { type CheckpointFacts, type JsonObject } from './manifest.js';
export interface CheckpointContents extends CheckpointFacts {
    readonly weights: StoredTensors;
    /** Moments of the optimizer; empty for a model that will not be trained on. */
    readonly optimizer: StoredTensors;
}
export interface Checkpoint extends CheckpointContents {
    /** The step folder. */
    readonly path: string;
    /** The run folder, its parent. */
    readonly run: string;
}
export interface SaveOptions {
    /** Newest checkpoints to keep, or Infinity; older ones are deleted once the new one is in place. */
    readonly keep?: number;
    /** Steps never deleted, such as the best one. */
    readonly alwaysKeep?: readonly number[];
}
/** A complete step folder of a run. */
export interface StepFolder {
    readonly step: number;
    readonly path: string;
}
/** Name of the folder of a step: `step-000400`. */
export declare function stepFolderName(step: number): string;
/**
 * The complete checkpoints of a run folder, oldest first. A folder gets its name only when all of its files
 * are on the disk, so the name is the proof.
 */
export declare function listCheckpoints(run: string): Promise<readonly StepFolder[]>;
/**
 * Writes a checkpoint as `<run>/step-000400` and gives that path. It is written beside, synced and renamed:
 * a kill at any moment leaves the folders that were complete before, or those and this one.
 *
 * @throws CheckpointError when the disk is full, the folder cannot be written, or the step is there already;
 *   what was there before is untouched and the half-written files are gone.
 */
export declare function saveCheckpoint(run: string, contents: CheckpointContents, { keep, alwaysKeep }?: SaveOptions): Promise<string>;
/**
 * Writes what a run has come to since it was saved into its checkpoint, and deletes old ones as a save does. Weights
 * and moments are not touched; a kill at any moment leaves the manifest as it was or as it is to be.
 *
 * @throws CheckpointError when the checkpoint is damaged, or the disk refuses.
 */
export declare function saveProgress(path: string, progress: JsonObject, { keep, alwaysKeep }?: SaveOptions): Promise<void>;
/**
 * Reads a checkpoint from a step folder, or the newest of a run folder, with every hash checked.
 *
 * @throws CheckpointError when there is none, or it is damaged, cut off, foreign or of a newer version; the
 *   message names the newest earlier checkpoint of the run that is whole.
 */
export declare function loadCheckpoint(folder: string): Promise<Checkpoint>;
/**
 * What a checkpoint says beside its tensors, which are not read.
 *
 * @throws CheckpointError when there is none, or its manifest is damaged, foreign or of a newer version.
 */
export declare function loadCheckpointFacts(folder: string): Promise<CheckpointFacts>;
/**
 * Moves the checkpoints after a step out of the way, as `later-step-000500`, so that a run resumed from that
 * step can write its own. Gives the new paths.
 */
export declare function setAsideLater(run: string, step: number): Promise<readonly string[]>;
