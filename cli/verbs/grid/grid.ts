import { counted } from '../../../src/core/text.js';
import { formatSeconds } from '../../format.js';
import { wholeNumber } from '../../options.js';
import type { GridStatus } from '../../gridStatus.js';
import type { Context, Outcome, Verb } from '../contract.js';

function lines({ cells, trained, tested, failed, diverged, waiting, live }: GridStatus): string[] {
  const lost = [failed > 0 ? `, ${failed} failed` : '', diverged > 0 ? `, ${diverged} diverged` : ''].join(
    '',
  );
  const counts = `${trained} of ${counted(cells, 'cell')} trained, ${tested} tested${lost}, ${waiting} waiting`;
  if (!live) return [counts, 'no process runs it at the moment'];
  const eta =
    live.secondsLeft === null ? 'time left not known yet' : `ETA ${formatSeconds(live.secondsLeft)}`;
  return [
    counts,
    `run by process ${live.process}: ${counted(live.underWay.length, 'cell')} under way, ${eta}`,
    ...live.workers.map(({ name, jobs, busy }) => `worker on ${name}: ${busy} of ${jobs} busy`),
    ...live.underWay.map(({ cell, part }) => `cell ${cell}: ${(100 * part).toFixed(0)} %`),
  ];
}

async function showStatus({ output }: Context, folder: string): Promise<Outcome> {
  const { gridStatus } = await import('../../gridStatus.js');
  const status = await gridStatus(folder, Date.now());
  if (output.json) output.document(status);
  else for (const line of lines(status)) output.line(line);
  return undefined;
}

interface CodeFlags {
  readonly allowCode?: boolean;
}

async function collectCells(_: Context, folder: string, { allowCode = false }: CodeFlags): Promise<Outcome> {
  return (await import('../../slurm.js')).collect(folder, allowCode);
}

async function trainCell(
  { output }: Context,
  folder: string,
  place: number,
  { allowCode = false }: CodeFlags,
): Promise<Outcome> {
  return (await import('../../slurm.js')).runElement(output, folder, place, allowCode);
}

/** `pavlov grid` */
export const grid: Verb = {
  name: 'grid',
  summary: 'look at a grid of compare or recall while it runs, and collect one from a cluster',
  example: 'pavlov grid status checkpoints/compared',
  define: (command, act) => {
    command
      .command('status')
      .description('cells that are done, failed and waiting, workers, and the time left')
      .argument('<folder>', 'output folder of the grid')
      .option('--json', 'print one JSON document')
      .action(act(showStatus));
    command
      .command('collect')
      .description('choose, test and report what an array job of --slurm has trained')
      .argument('<folder>', 'output folder of the grid')
      .option('--allow-code', 'run the command in the folder, which somebody else may have written')
      .action(act(collectCells));
    command
      .command('cell')
      .description('train one cell of a grid: what each element of an array job does')
      .argument('<folder>', 'output folder of the grid')
      .argument('<place>', 'place of the cell in its list, from 0', wholeNumber('<place>', 0))
      .option('--allow-code', 'run the rules, gates and the like that the cell names')
      .action(act(trainCell));
  },
};
