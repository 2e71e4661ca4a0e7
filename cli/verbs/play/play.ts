import { basename } from 'node:path';
import type { ExportFile, PlaySource } from '../../../export/index.js';
import { formatBytes } from '../../format.js';
import { aborted, exitAfter, withInterrupt } from '../../interrupt.js';
import { addPlugInFlags, type PlugInFlags, wholeNumber } from '../../options.js';
import type { Output } from '../../output.js';
import { waitsForOthers } from '../../silence.js';
import type { Context, Outcome, Verb } from '../contract.js';
import type { LateFile } from './playServer.js';

interface PlayFlags extends PlugInFlags {
  readonly out?: string;
  readonly port: number;
}

async function sourcesOf(
  folders: readonly string[],
  flags: PlayFlags,
  output: Output,
): Promise<readonly PlaySource[]> {
  const { openTrainedModel } = await import('../../../eval/index.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const sources: PlaySource[] = [];
  for (const folder of folders) {
    await usePlugInsOf(folder, flags, output);
    const { model, tokenizer, checkpoint } = await openTrainedModel(folder);
    sources.push({ name: basename(checkpoint.run), step: checkpoint.step, model, tokenizer });
  }
  return sources;
}

/** The experiments of conditioning by the rules of the runs and those with closed forms of all: all rules take minutes. */
async function labFile(sources: readonly PlaySource[]): Promise<ExportFile['content']> {
  const { learningCurves, phenomena, predictions } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const own = sources.map(({ model }) => model.config.rule);
  const closed = Object.keys(predictions).filter((rule) =>
    Object.keys(phenomena).every((name) => predictions[rule]?.conditioning?.[name]),
  );
  const rules = [...new Set([...own, ...closed])];
  return JSON.stringify(await learningCurves({ rules, rng: Rng.fromSeed(1) }));
}

const LAB = 'lab.json';

/** Serves the page until it is told to stop. */
async function servePage(sources: readonly PlaySource[], port: number, output: Output): Promise<Outcome> {
  const { playFiles } = await import('../../../export/index.js');
  const { pageFiles } = await import('./playFolder.js');
  const { PlayServer } = await import('./playServer.js');
  const page = await pageFiles();
  return withInterrupt(output, 'ending when what was begun is answered', async (signal) => {
    const files = [...page, ...playFiles(sources, 'server')];
    let lab: ReturnType<typeof labFile> | undefined;
    const served = new Map<string, ExportFile['content'] | LateFile>([
      ...files.map(({ path, content }) => [path, content] as const),
      [LAB, () => (lab ??= labFile(sources))],
    ]);
    const server = new PlayServer(served, (message) => output.note(message));
    output.line(`${sources.map(({ name }) => name).join(' and ')} at ${await server.listen(port)}`);
    waitsForOthers(true);
    await aborted(signal);
    waitsForOthers(false);
    await server.close();
    return exitAfter(signal);
  });
}

/** Writes the page with all that it needs into a new folder. */
async function writeSite(sources: readonly PlaySource[], folder: string, output: Output): Promise<Outcome> {
  const { checkFree, playFiles, writeFolder } = await import('../../../export/index.js');
  const { pageFiles, siteRuntime } = await import('./playFolder.js');
  await checkFree(folder);
  const runtime = await siteRuntime();
  const written = await writeFolder(folder, [
    ...(await pageFiles()),
    ...runtime,
    ...playFiles(sources, 'onnxruntime-web'),
    { path: LAB, content: await labFile(sources) },
  ]);
  const bytes = written.files.reduce((sum, file) => sum + file.bytes, 0);
  output.line(`written to ${folder}: ${written.files.length} files, ${formatBytes(bytes)}`);
  output.line('put it on any web server; a page opened as a file may not read its models');
  return undefined;
}

async function playRuns(
  { output }: Context,
  folder: string,
  second: string | undefined,
  flags: PlayFlags,
): Promise<Outcome> {
  const folders = second === undefined ? [folder] : [folder, second];
  const sources = await sourcesOf(folders, flags, output);
  return flags.out === undefined
    ? servePage(sources, flags.port, output)
    : writeSite(sources, flags.out, output);
}

/** `pavlov play` */
export const play: Verb = {
  name: 'play',
  usesProject: true,
  summary: 'show a page in which a model writes, and you watch its memories and change them',
  example: 'pavlov play checkpoints/story',
  define: (command, act) => {
    addPlugInFlags(
      command
        .argument('<folder>', 'run folder, or one checkpoint in it')
        .argument('[second]', 'another one, to see both side by side')
        .option(
          '--port <n>',
          'port of 127.0.0.1 to serve the page on; 0 takes a free one',
          wholeNumber('--port', 0, 65_535),
          8090,
        )
        .option(
          '--out <folder>',
          'write the page into this new folder instead, for any web server; needs onnxruntime-web',
        ),
    ).action(act(playRuns));
  },
};
