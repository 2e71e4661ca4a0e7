import type { Command } from 'commander';
import type { RunOptions, RunSummary } from '../train/index.js';
import { exitAfter, withInterrupt } from './interrupt.js';
import { FORCE, wholeNumber } from './options.js';
import { TrainView } from './trainView.js';
import { EXIT, type Context, type Outcome } from './verbs/contract.js';

/** Flags of every verb that trains. */
export interface FollowFlags {
  readonly stopAfter?: number;
  readonly force?: boolean;
}

/** Adds them to a verb. */
export function addFollowFlags(command: Command): Command {
  return command
    .option(
      '--stop-after <n>',
      'stop after step n, keeping the full learning-rate schedule',
      wholeNumber('--stop-after', 1),
    )
    .option(...FORCE)
    .option('--json', 'print one JSON document at the end');
}

/** A run that is done. */
export interface Trained {
  readonly summary: RunSummary;
  /** The last sample with its prompt, of a run that has drawn one. */
  readonly sample: string | undefined;
}

/** What is followed. */
export interface Followed {
  readonly start: (options: RunOptions) => Promise<RunSummary>;
  /** What to do with a run that is done, in place of its sample and of what to type next; its result joins the JSON document. */
  readonly after?: (trained: Trained) => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Follows a run to its end: shows its events, saves on Ctrl-C, prints the summary. A run that ended where
 * `--stop-after` said is done.
 */
export async function followRun(
  { output }: Context,
  { stopAfter, force = false }: FollowFlags,
  { start, after }: Followed,
): Promise<Outcome> {
  const { trustNamedPlugIns } = await import('./plugIns/load.js');
  await trustNamedPlugIns(output);
  const view = new TrainView(output);
  const promise = 'finishing this step and saving';
  const stays = 'no step was finished, so there is nothing to save; run the same command again';
  const following = async (signal: AbortSignal) => {
    try {
      const summary = await start({
        force,
        signal,
        onEvent: (event) => view.show(event),
        onProgress: (progress) => view.progress(progress),
        ...(stopAfter === undefined ? {} : { stopAfter }),
      });
      view.end(summary, after === undefined);
      return { summary, signal };
    } finally {
      view.clear();
    }
  };
  const { summary, signal } = await withInterrupt(output, promise, following, stays);
  // Outside, since the run is saved and nothing is lost: Ctrl-C ends what follows at once.
  const more =
    summary.type === 'done' && !signal.aborted ? await after?.({ summary, sample: view.sample }) : undefined;
  if (output.json) output.document({ ...summary, ...more });
  return summary.type === 'done' && !(after && signal.aborted) ? EXIT.done : exitAfter(signal);
}
