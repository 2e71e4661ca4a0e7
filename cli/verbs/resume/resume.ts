import { addFollowFlags, followRun, type FollowFlags } from '../../followRun.js';
import {
  addPlugInFlags,
  addResumeFlags,
  configRequest,
  type PlugInFlags,
  type RunFlags,
} from '../../options.js';
import type { Context, Outcome, Verb } from '../contract.js';

type ResumeFlags = Omit<RunFlags, keyof PlugInFlags> & PlugInFlags & FollowFlags;

async function resumeModel(context: Context, folder: string, flags: ResumeFlags): Promise<Outcome> {
  const { resumeRun } = await import('../../../train/index.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const { plugIns, sets } = await usePlugInsOf(folder, flags, context.output, flags.set);
  // Rule and gate are those of the run, whatever file they come from.
  const settings = { ...flags, rule: undefined, gate: undefined };
  const { overrides } = await configRequest(settings, context.output);
  const changes = { overrides: { ...overrides, ...(plugIns.length > 0 && { plugIns: [...plugIns] }) }, sets };
  return followRun(context, flags, {
    start: async (options) => resumeRun({ ...options, folder, ...changes }),
  });
}

/** `pavlov resume` */
export const resume: Verb = {
  name: 'resume',
  usesProject: true,
  summary: 'resume training; the result is bit-identical to an uninterrupted run',
  example: 'pavlov resume checkpoints/story --steps 300',
  define: (command, act) => {
    command.argument('<folder>', 'run folder, or one checkpoint in it');
    addFollowFlags(addPlugInFlags(addResumeFlags(command))).action(act(resumeModel));
  },
};
