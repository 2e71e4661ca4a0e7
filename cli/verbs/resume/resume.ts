import { addFollowFlags, followRun, type FollowFlags } from '../../followRun.js';
import { addResumeFlags, addRuleFileFlag, configRequest, type RunFlags } from '../../options.js';
import type { Context, Outcome, Verb } from '../contract.js';

type ResumeFlags = RunFlags & FollowFlags;

async function resumeModel(
  context: Context,
  folder: string,
  { rule, ...flags }: ResumeFlags,
): Promise<Outcome> {
  const { resumeRun } = await import('../../../train/index.js');
  const { useRuleOf } = await import('../../ruleFile.js');
  const ruleFile = await useRuleOf(folder, rule, context.output);
  const { overrides, sets } = configRequest(flags, context.output);
  const changes = { overrides: { ...overrides, ...(ruleFile && { ruleFile }) }, ...(sets && { sets }) };
  return followRun(context, flags, {
    start: async (options) => resumeRun({ ...options, folder, ...changes }),
  });
}

/** `pavlov resume` */
export const resume: Verb = {
  name: 'resume',
  summary: 'resume training; the result is bit-identical to an uninterrupted run',
  example: 'pavlov resume checkpoints/story --steps 300',
  define: (command, act) => {
    command.argument('<folder>', 'run folder, or one checkpoint in it');
    addFollowFlags(addRuleFileFlag(addResumeFlags(command))).action(act(resumeModel));
  },
};
