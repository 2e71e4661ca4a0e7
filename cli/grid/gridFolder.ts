import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageVersion } from '../../experiments/grid/cellHash.js';
import { lockGrid } from '../../experiments/grid/gridFolder.js';
import { writeJsonFile } from '../../experiments/grid/jsonFile.js';
import { formatBytes } from '../format.js';
import type { GridPlan } from '../../experiments/plan.js';

const HOME = 'checkpoints';

/** What made a grid, for its reports. */
export interface GridFacts {
  /** As it was typed, quoted for a shell. */
  readonly command: string;
  /** Of what computes, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<'processor' | 'cores' | 'memory' | 'system', string | number>>;
  readonly notes: readonly string[];
}

/** A folder that is not there yet: `checkpoints/recall-mqar`, `...-2`. */
async function freeFolder(name: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = join(HOME, n === 1 ? name : `${name}-${n}`);
    const found = await stat(folder).catch(() => undefined);
    if (found === undefined) return folder;
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command line of this process, where it is that of the verb. */
function commandText(verb: string): string {
  const args = process.argv.slice(2);
  return ['pavlov', ...(args[0] === verb ? args : [verb])].map(quoted).join(' ');
}

/** Versions of what computes: a result may differ in its last digits with any of them. */
function versionsHere(): GridFacts['versions'] {
  const resolve = createRequire(import.meta.url);
  // A package.json is an object with the version it was installed as.
  const installed = (name: string): string =>
    (resolve(`${name}/package.json`) as { readonly version: string }).version;
  return {
    pavlov: packageVersion(),
    Node: process.version,
    'ONNX Runtime': installed('onnxruntime-node'),
    'TensorFlow.js': installed('@tensorflow/tfjs-core'),
  };
}

async function machineFacts(): Promise<GridFacts['machine']> {
  const { arch, availableParallelism, cpus, platform, release, totalmem } = await import('node:os');
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: formatBytes(totalmem()),
    system: `${platform()} ${release()} ${arch()}`,
  };
}

/**
 * The folder of a grid, made, with `grid.json` in it: what is to be done there, and by which command.
 *
 * @throws ConfigError when another process works in it; CheckpointError when it cannot be made or written.
 */
export async function openGridFolder(
  verb: string,
  out: string | undefined,
  { task, cells, notes }: GridPlan,
): Promise<{ readonly out: string; readonly facts: GridFacts }> {
  const folder = out ?? (await freeFolder(`${verb}-${task}`));
  const facts: GridFacts = {
    command: commandText(verb),
    versions: versionsHere(),
    machine: await machineFacts(),
    notes,
  };
  const list = cells.map(({ id, variant, seed, learningRate }) => ({
    cell: id,
    variant,
    seed,
    learningRate,
  }));
  // The list of a grid that another process works on stays as it is.
  const unlock = await lockGrid(folder);
  await writeJsonFile(join(folder, 'grid.json'), { ...facts, task, cells: list }).finally(unlock);
  return { out: folder, facts };
}

/** The facts as lines of a report. */
export function factLines({ command, versions, machine, notes }: GridFacts): string[] {
  const { processor, cores, memory, system } = machine;
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const on = `${cores} x ${processor}, ${memory}, ${system}`;
  return [`\`${command}\``, [...made, on].join(', '), ...notes];
}
