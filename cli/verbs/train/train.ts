import { evaluate, probesOf } from '../../evaluate.js';
import { addFollowFlags, followRun, type FollowFlags, type Trained } from '../../followRun.js';
import { formatCount, formatSeconds } from '../../format.js';
import { type RunFlags, addRunFlags, configRequest, nameList } from '../../options.js';
import { cardWidth, type Output } from '../../output.js';
import type { RunConfig, RunSummary } from '../../../train/index.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface TrainFlags extends RunFlags, FollowFlags {
  readonly probes?: readonly string[];
  readonly from?: string;
}

/** The config of a run that is fine-tuned: that of the checkpoint under the flags. */
async function tunedConfig({ output }: Context, flags: TrainFlags, from: string): Promise<RunConfig> {
  const { fineTuneConfig } = await import('../../../train/index.js');
  const { isPlugInPath } = await import('../../../train/config/plugIns.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const { ConfigError } = await import('../../../src/core/errors.js');
  for (const flag of ['preset', 'config', 'like'] as const) {
    if (flags[flag] === undefined) continue;
    throw new ConfigError(
      `--${flag}: a run with --from has the settings of the checkpoint, got '${flags[flag]}' too; leave it out and change settings with --set`,
    );
  }
  const file = (given?: string): string | undefined =>
    given !== undefined && isPlugInPath(given) ? given : undefined;
  const name = (given?: string): string | undefined => (file(given) === undefined ? given : undefined);
  const { rule, gate, set, ...others } = flags;
  const [ruleFile, gateFile, ruleName, gateName] = [file(rule), file(gate), name(rule), name(gate)];
  const files = {
    ...(ruleFile !== undefined && { rule: ruleFile }),
    ...(gateFile !== undefined && { gate: gateFile }),
  };
  const { plugIns, sets } = await usePlugInsOf(from, files, output, set);
  const names = {
    ...(ruleName !== undefined && { rule: ruleName }),
    ...(gateName !== undefined && { gate: gateName }),
  };
  const { overrides } = await configRequest({ ...others, ...names }, output);
  return fineTuneConfig({
    from,
    overrides: { ...overrides, ...(plugIns.length > 0 && { plugIns: [...plugIns] }) },
    sets,
  });
}

async function trainModel(context: Context, flags: TrainFlags): Promise<Outcome> {
  const { resolveConfig, trainRun } = await import('../../../train/index.js');
  const config =
    flags.from === undefined
      ? await resolveConfig(await configRequest(flags, context.output))
      : await tunedConfig(context, flags, flags.from);
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
  const { counted } = await import('../../../src/core/text.js');
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
        '--from <checkpoint>',
        'fine-tune: begin with the weights and tokenizer of a run or checkpoint, with its settings unless changed',
      )
      .option(
        '--probes <names>',
        "comma-separated probes or probe files to run on the finished model, or 'all'",
        nameList('--probes'),
      )
      .action(act(trainModel));
  },
};
