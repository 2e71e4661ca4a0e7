import { evaluate, probesOf } from '../../evaluate.js';
import { addFollowFlags, followRun, type FollowFlags, type Trained } from '../../followRun.js';
import { formatCount, formatSeconds } from '../../format.js';
import { type RunFlags, addRunFlags, configRequest, nameList } from '../../options.js';
import { cardWidth, type Output } from '../../output.js';
import type { RunConfig, RunSummary } from '../../../train/index.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface TrainFlags extends RunFlags, FollowFlags {
  readonly probes?: readonly string[];
}

async function trainModel(context: Context, flags: TrainFlags): Promise<Outcome> {
  const { resolveConfig, trainRun } = await import('../../../train/index.js');
  const config = await resolveConfig(await configRequest(flags, context.output));
  const probes = flags.probes && (await probesOf(flags.probes));
  return followRun(context, flags, {
    start: async (options) => trainRun({ ...options, config }),
    ...(probes && { after: async (trained) => probeRun(context.output, config, trained, probes) }),
  });
}

/** What was trained, in a line. */
async function trainedText(
  { model, train, data }: RunConfig,
  { parameters, tokens, seconds }: RunSummary,
): Promise<string> {
  const { DEFAULT_MIXER } = await import('../../../src/mixers/registry.js');
  const { mixer, rule, gate, layers, width } = model;
  const head = mixer === DEFAULT_MIXER ? `rule ${rule}, gate ${gate}` : [mixer].flat().join(', ');
  const { counted } = await import('../../../eval/compare/words.js');
  const shape = `${counted(layers, 'layer')} of width ${width}`;
  return `${formatCount(parameters)} parameters (${head}, ${shape}) on ${formatCount(tokens)} tokens of ${data.source} in rows of ${train.sequenceLength}, ${formatSeconds(seconds)}`;
}

/** Runs probes on the finished model, as `pavlov eval` does, and shows what the run came to on a card. */
async function probeRun(
  output: Output,
  config: RunConfig,
  { summary, sample }: Trained,
  probes: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const { out } = summary;
  const { document, summary: findings, where } = await evaluate(output, out, { probes, seed: config.seed });
  if (!output.json) {
    const { cardText } = await import('../../../report/card.js');
    const card = [
      { topic: 'trained', text: await trainedText(config, summary) },
      ...findings,
      ...(sample === undefined ? [] : [{ topic: 'story', text: sample }]),
      {
        topic: 'next',
        lines: [
          `npx pavlov generate ${out} --prompt ${JSON.stringify(config.sample.prompt)}`,
          `npx pavlov eval ${out}`,
        ],
      },
      { topic: 'report', lines: [where] },
    ];
    output.line(`\n${cardText(card, cardWidth(output))}`);
  }
  return { evaluation: document };
}

/** `pavlov train` */
export const train: Verb = {
  name: 'train',
  usesProject: true,
  summary: 'train a language model; Ctrl-C saves and stops',
  example: 'pavlov train --preset smoke --rule delta --gate scalar --out checkpoints/story',
  define: (command, act) => {
    addFollowFlags(addRunFlags(command))
      .option(
        '--probes <names>',
        "comma-separated probes or probe files to run on the finished model, or 'all'",
        nameList('--probes'),
      )
      .action(act(trainModel));
  },
};
