import { evaluate, probesOf } from '../eval/evaluate.js';
import { addFollowFlags, followRun, type FollowFlags } from '../../followRun.js';
import { nameList } from '../../optionValues.js';
import type { Output } from '../../output.js';
import { addRunFlags, configRequest, type RunFlags } from '../../runOptions.js';
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

/** Measures what a run came to, as `pavlov eval` does. */
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
  summary: 'train a language model; Ctrl-C saves it',
  example: 'pavlov train --preset smoke --rule delta --gate scalar --out checkpoints/story',
  define: (command, act) => {
    addFollowFlags(addRunFlags(command))
      .option(
        '--probes <names>',
        "evaluate the finished model by these; 'all' for every one",
        nameList('--probes'),
      )
      .action(act(trainModel));
  },
};
