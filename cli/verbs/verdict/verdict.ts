import { createReadStream } from 'node:fs';
import { ConfigError, DataError } from '../../../src/core/errors.js';
import { reportDate } from '../../../src/core/text.js';
import { commandText } from '../../gridRun.js';
import { finiteNumber } from '../../options.js';
import { ownPackage } from '../../../src/core/ownPackage.js';
import { printComparison } from '../../printComparison.js';
import { openReportFolder } from '../../reportFolder.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface VerdictFlags {
  readonly metric?: string;
  readonly unit?: string;
  readonly best?: string;
  readonly margin?: number;
  readonly sequential?: boolean;
  readonly out?: string;
}

/** Millions of scores; what is longer is none, or a device without an end. */
const MOST_BYTES = 1 << 28;

async function read(name: string): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  const { fileError } = await import('../../../data/text/corpus/fileSlices.js');
  const parts: Buffer[] = [];
  let length = 0;
  try {
    // The cast: a stream without an encoding gives buffers.
    for await (const part of createReadStream(name) as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length > MOST_BYTES)
        throw new DataError(`${name}: expected at most 256 MB of scores, got more; split it`);
    }
  } catch (error) {
    throw error instanceof DataError ? error : fileError(name, error);
  }
  return { name, bytes: Buffer.concat(parts) };
}

function best(text: string): string {
  if (text === 'high' || text === 'low') return text;
  throw new ConfigError(`--best: expected high or low, got '${text}'`);
}

async function judgeScores(
  { output }: Context,
  names: readonly string[],
  flags: VerdictFlags,
): Promise<Outcome> {
  const { metric, unit, margin, sequential = false, out } = flags;
  const { analyse } = await import('../../../eval/compare/analyse.js');
  const { readScores } = await import('../../../eval/compare/scores.js');
  const files = [];
  for (const name of names) files.push(await read(name));
  const rows = readScores(files, {
    ...(metric !== undefined && { metric }),
    ...(unit !== undefined && { unit }),
    ...(flags.best !== undefined && { best: flags.best === 'low' ? 'low' : 'high' }),
  });
  const comparison = analyse(rows, { margin, sequential });
  const versions = { pavlov: ownPackage().version, Node: process.version };
  const meta = {
    title: 'Verdicts',
    command: commandText('verdict'),
    date: reportDate(new Date()),
    versions,
    machine: {},
  };
  if (out !== undefined) {
    const { writeVerdicts } = await import('../../../report/compare/writeComparison.js');
    await openReportFolder(out, ['tasks', 'methods']);
    const { toJson } = await import('../../../report/json.js');
    await writeVerdicts(out, comparison, meta, { 'verdicts.json': toJson({ ...meta, ...comparison }) });
  }
  if (output.json) output.document({ ...meta, ...comparison });
  else {
    await printComparison(output, comparison);
    if (out !== undefined)
      output.line(`\nwritten to ${out}: report.html, report.md, results.csv, verdicts.json`);
  }
  return undefined;
}

/** `pavlov verdict` */
export const verdict: Verb = {
  name: 'verdict',
  summary:
    "compare anybody's scores: the statistics and report of compare for files of variant, seed, task and score",
  example: 'pavlov verdict checkpoints/compared/results.jsonl --margin 0.02',
  define: (command, act) => {
    command
      .argument(
        '<files...>',
        'CSV or JSON lines of variant, seed, task and score, or results.jsonl of a grid',
      )
      .option('--metric <name>', "what is scored (default: 'score')")
      .option('--unit <unit>', 'unit of the score')
      .option('--best <which>', 'high or low: which scores are better (default: high)', best)
      .option(
        '--margin <x>',
        'difference below which two variants count as equivalent; 0 for never (default: by the metric)',
        finiteNumber('--margin', 0),
      )
      .option(
        '--sequential',
        'seeds were added after scores had been looked at; they are taken in their order',
      )
      .option('--out <folder>', 'also write the report there')
      .option('--json', 'print one JSON document')
      .action(act(judgeScores));
  },
};
