import { basename } from 'node:path';
import { aborted, exitAfter, withInterrupt } from '../../interrupt.js';
import {
  addEngineFlags,
  addPlugInFlags,
  engineOptions,
  type EngineFlags,
  finiteNumber,
  type PlugInFlags,
  wholeNumber,
} from '../../options.js';
import type { Output } from '../../output.js';
import { waitsForOthers } from '../../silence.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface ServeFlags extends EngineFlags, PlugInFlags {
  readonly host: string;
  readonly port: number;
  readonly rows: number;
  readonly queue: number;
  readonly context: number;
  readonly maxBody: number;
  readonly grace: number;
}

/** Opens the model, and compiles what every request needs. */
async function openWriter(folder: string, flags: ServeFlags) {
  const { Writer } = await import('./completions.js');
  const { openTrainedModel } = await import('../../../eval/index.js');
  const { createEngine } = await import('../../../src/engine/createEngine.js');
  const { BatchDecoder } = await import('../../../src/model/batch.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const { model, tokenizer, checkpoint } = await openTrainedModel(folder);
  const engine = await createEngine(engineOptions(flags));
  const batch = new BatchDecoder(engine, model, { rows: flags.rows, cacheLength: flags.context });
  const { endOfText } = tokenizer;
  const context = Array<number>(Math.min(85, flags.context - 2)).fill(endOfText); // every piece that a prompt is read in
  const rng = Rng.fromSeed(0);
  await batch.write({ context, endOfText, tokens: 2, sampling: {}, rng, onToken: () => undefined });
  return { writer: new Writer(batch, tokenizer), engine, name: basename(checkpoint.run) };
}

async function runServer(
  folder: string,
  flags: ServeFlags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { CompletionServer } = await import('./server.js');
  const { writer, engine, name } = await openWriter(folder, flags);
  const server = new CompletionServer(writer, {
    model: name,
    queue: flags.queue,
    bodyBytes: Math.round(flags.maxBody * 1e6),
    onFault: (message) => output.note(message),
  });
  try {
    const address = await server.listen(flags.host, flags.port);
    output.line(`${name} at ${address}/v1/completions`);
    waitsForOthers(true);
    await aborted(signal);
    waitsForOthers(false);
    const timer = setTimeout(() => writer.end(), 1000 * flags.grace);
    await server.close();
    clearTimeout(timer);
  } finally {
    await writer.batch.dispose();
    await engine.dispose();
  }
}

async function serveModel({ output }: Context, folder: string, flags: ServeFlags): Promise<Outcome> {
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  await usePlugInsOf(folder, flags, output);
  return withInterrupt(output, 'ending when what was begun is answered', async (signal) => {
    await runServer(folder, flags, output, signal);
    return exitAfter(signal);
  });
}

/** `pavlov serve` */
export const serve: Verb = {
  name: 'serve',
  usesProject: true,
  summary: 'serve completions of a trained model over HTTP, as OpenAI does, to many clients at once',
  example: 'pavlov serve checkpoints/story --port 8080',
  define: (command, act) => {
    addPlugInFlags(
      addEngineFlags(
        command
          .argument('<folder>', 'run folder, or one checkpoint in it')
          .option('--host <address>', 'address to listen on; 0.0.0.0 lets other machines in', '127.0.0.1')
          .option(
            '--port <n>',
            'port to listen on; 0 takes a free one',
            wholeNumber('--port', 0, 65_535),
            8080,
          )
          .option('--rows <n>', 'texts that are written at the same time', wholeNumber('--rows', 1, 1024), 32)
          .option(
            '--queue <n>',
            'texts that are written or wait, together; more are told to come back later',
            wholeNumber('--queue', 1),
            256,
          )
          .option(
            '--context <n>',
            'tokens of a text, prompt included, that mixers that keep tokens have room for',
            wholeNumber('--context', 8),
            1024,
          )
          .option(
            '--max-body <mb>',
            'megabytes of a request at most',
            finiteNumber('--max-body', 0.001, 256),
            4,
          )
          .option(
            '--grace <s>',
            'seconds that texts under way may take after Ctrl-C; then they end where they are',
            finiteNumber('--grace', 0),
            30,
          ),
      ),
    ).action(act(serveModel));
  },
};
