import { ConfigError } from '../../../src/core/errors.js';
import {
  addEngineFlags,
  addPlugInFlags,
  engineOptions,
  type EngineFlags,
  type PlugInFlags,
  wholeNumber,
} from '../../options.js';
import type { Output } from '../../output.js';
import type { Context, Outcome, Verb } from '../contract.js';
import { type Mark, markedText } from './markedText.js';

interface MemoryFlags extends EngineFlags, PlugInFlags {
  readonly layer?: number;
  readonly head?: number;
  readonly at?: number;
}

/** Tokens at most: what is looked at grows with their square. */
const TOKENS = 256;
/** The tokens that a line names as read most. */
const NAMED = 5;

/** What one head did with a text. */
interface HeadFacts {
  readonly layer: number;
  readonly head: number;
  /** By name of the signal, such as the write strength: a number a token. */
  readonly written: Readonly<Record<string, readonly number[]>>;
  /** Of the read-out at the token looked at: the share that it owes to what was written at each token. */
  readonly read: readonly number[];
  /** The size of that read-out. */
  readonly size: number;
  /** What the shares do not explain, of all read-outs: 0 where the memory is linear in what is written. */
  readonly residual: number;
}

/** What a text did to the memories of a model. */
interface MemoryFacts {
  readonly checkpoint: string;
  readonly tokens: readonly string[];
  /** The place of the token whose read-outs are shown. */
  readonly at: number;
  readonly heads: readonly HeadFacts[];
}

/** @throws ConfigError for a text that is too long, and a place or head that there is not. */
async function factsOf(folder: string, text: string, flags: MemoryFlags): Promise<MemoryFacts> {
  const { openTrainedModel } = await import('../../../eval/index.js');
  const { piecesOf, withTracer } = await import('../../../eval/probes/memory.js');
  const { createEngine } = await import('../../../src/engine/createEngine.js');
  const { memoriesOf } = await import('../../../src/model/traces.js');
  const { model, tokenizer, checkpoint } = await openTrainedModel(folder);
  const ids = [tokenizer.endOfText, ...tokenizer.encode(text)];
  if (ids.length > TOKENS) {
    throw new ConfigError(`<text>: expected at most ${TOKENS - 1} tokens, got ${ids.length - 1}; shorten it`);
  }
  const { at = ids.length - 1 } = flags;
  if (at >= ids.length) {
    throw new ConfigError(`--at: expected a place of the ${ids.length} tokens, from 0 on, got ${at}`);
  }
  const places = memoriesOf(model).flatMap(({ layer, memory: { H } }) =>
    Array.from({ length: H }, (_, head) => ({ layer, head })),
  );
  const asked = ({ layer, head }: { layer: number; head: number }): boolean =>
    (flags.layer ?? layer) === layer && (flags.head ?? head) === head;
  if (!places.some(asked)) {
    const known = places.map(({ layer, head }) => `${layer}.${head}`).join(' ');
    throw new ConfigError(
      `--layer, --head: expected one of the heads with a memory (layer.head: ${known || 'none'}), got others`,
    );
  }
  const engine = await createEngine(engineOptions(flags));
  try {
    const { heads, signals } = await withTracer({ engine, model }, (trace) => trace(ids));
    const facts = places.map((place, i) => ({
      ...place,
      written: signals[i] ?? {},
      read: heads[i]?.shares[at] ?? [],
      size: heads[i]?.outputs[at] ?? 0,
      residual: heads[i]?.residual ?? 0,
    }));
    return { checkpoint: checkpoint.path, tokens: piecesOf(ids, tokenizer), at, heads: facts.filter(asked) };
  } finally {
    await engine.dispose();
  }
}

const quoted = (piece: string): string => JSON.stringify(piece);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** `block 0 head 3 reads " kite" 41 %, " red" 20 %` */
function readLine({ layer, head, read, residual }: HeadFacts, tokens: readonly string[]): string {
  const most = read
    .map((share, i) => ({ share, i }))
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share))
    .slice(0, NAMED);
  const named = most.map(({ share, i }) => `${quoted(tokens[i] ?? '')} (${i}) ${percent(share)}`);
  const rest = residual < 0.005 ? '' : `; ${percent(residual)} of its read-outs are no sum of writes`;
  return `block ${layer} head ${head} reads ${named.join(', ')}${rest}`;
}

/** The marks of a signal: how near each value is to the largest. */
function marksOf(values: readonly number[]): Mark[] {
  const largest = Math.max(...values.map(Math.abs));
  return values.map((value) => ({ part: largest === 0 ? 0 : value / largest, label: value.toFixed(2) }));
}

function print(output: Output, { tokens, at, heads }: MemoryFacts): void {
  const { colours } = output;
  output.line(
    `read at ${quoted(tokens[at] ?? '')} (${at}): the share of the read-out that was written at each token`,
  );
  output.line(
    output.colours.isColorSupported
      ? `${colours.red('over 50 %')} ${colours.yellow('over 25 %')} ${colours.green('over 10 %')} over 3 % ${colours.dim('less')}; against it ${colours.italic('so')}`
      : 'in brackets: per cent, or the signal; nothing for less than 3 %',
  );
  for (const head of heads) {
    output.line();
    output.line(readLine(head, tokens));
    const read = head.read.map((part): Mark => ({ part, label: (100 * part).toFixed(0) }));
    for (const line of markedText(tokens, read, output)) output.line(`  ${line}`);
    for (const [name, values] of Object.entries(head.written)) {
      output.line(`  ${name}`);
      for (const line of markedText(tokens, marksOf(values), output)) output.line(`  ${line}`);
    }
  }
}

async function showMemory(
  { output }: Context,
  folder: string,
  text: string,
  flags: MemoryFlags,
): Promise<Outcome> {
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  await usePlugInsOf(folder, flags, output);
  const facts = await factsOf(folder, text, flags);
  if (output.json) output.document(facts);
  else print(output, facts);
  return undefined;
}

/** `pavlov memory` */
export const memory: Verb = {
  name: 'memory',
  usesProject: true,
  summary: 'show what the heads of a trained model write and read on a text, as coloured text',
  example: 'pavlov memory checkpoints/story "Lily had a red kite. She" --layer 1',
  define: (command, act) => {
    const own = command
      .argument('<folder>', 'run folder, or one checkpoint in it')
      .argument('<text>', 'text that is read, as the start of a story')
      .option('--layer <n>', 'only the heads of this block, from 0 on', wholeNumber('--layer'))
      .option('--head <n>', 'only this head of every block, from 0 on', wholeNumber('--head'))
      .option(
        '--at <n>',
        'place of the token that reads, from 0 on (default: the last)',
        wholeNumber('--at'),
      );
    addPlugInFlags(addEngineFlags(own)).option('--json', 'print one JSON document').action(act(showMemory));
  },
};
