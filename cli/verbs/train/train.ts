import { evaluate, probesOf } from '../../evaluate.js';
import { addFollowFlags, followRun, type FollowFlags } from '../../followRun.js';
import { type RunFlags, addRunFlags, configRequest, nameList } from '../../options.js';
import type { Output } from '../../output.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface TrainFlags extends RunFlags, FollowFlags {
  readonly probes?: readonly string[];
}

async function trainModel(context: Context, flags: TrainFlags): Promise<Outcome> {
  const { resolveConfig, trainRun } = await import('../../../train/index.js');
  const config = await resolveConfig(configRequest(flags, context.output));
  const probes = flags.probes && (await probesOf(flags.probes));
  return followRun(context, flags, {
    start: async (options) => trainRun({ ...options, config }),
    ...(probes && { after: async ({ out }) => probeRun(context.output, out, config.seed, probes) }),
  });
}

/** Runs probes on the finished model, as `pavlov eval` does. */
async function probeRun(
  output: Output,
  folder: string,
  seed: number,
  probes: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const { document, text } = await evaluate(output, folder, { probes, seed });
  if (!output.json) output.line(`\n${text}`);
  return { evaluation: document };
}

/** `pavlov train` */
export const train: Verb = {
  name: 'train',
  summary: 'train a language model; Ctrl-C saves and stops',
  example: 'pavlov train --preset smoke --rule delta --gate scalar --out checkpoints/story',
  define: (command, act) => {
    addFollowFlags(addRunFlags(command))
      .option(
        '--probes <names>',
        "comma-separated probes to run on the finished model, or 'all'",
        nameList('--probes'),
      )
      .action(act(trainModel));
  },
};
