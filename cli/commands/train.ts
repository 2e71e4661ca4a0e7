import { addFollowFlags, followRun, type FollowFlags } from '../followRun.js';
import { addRunFlags, configRequest, type RunFlags } from '../runOptions.js';
import type { Context, Outcome, Verb } from '../verb.js';

type TrainFlags = RunFlags & FollowFlags;

async function trainModel(context: Context, flags: TrainFlags): Promise<Outcome> {
  const { resolveConfig, trainRun } = await import('../../train/index.js');
  const config = await resolveConfig(configRequest(flags));
  return followRun(context, flags, (options) => trainRun({ ...options, config }));
}

/** `pavlov train` */
export const train: Verb = {
  name: 'train',
  summary: 'train a language model; Ctrl-C saves it',
  example: 'pavlov train --preset smoke --rule delta --gate scalar --out checkpoints/story',
  define: (command, act) => {
    addFollowFlags(addRunFlags(command)).action(act(trainModel));
  },
};
