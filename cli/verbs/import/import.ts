import { lookUp } from '../../../src/core/errors.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface ImportFlags {
  readonly from: string;
  readonly out: string;
}

/** What can be imported, by name. */
const sources = {
  fla: async (folder: string, out: string) => {
    const { importFla } = await import('../../../export/index.js');
    return importFla(folder, out);
  },
};

async function importModel({ output }: Context, folder: string, flags: ImportFlags): Promise<Outcome> {
  const { path, difference } = await lookUp('--from', sources, flags.from)(folder, flags.out);
  if (output.json) output.document({ checkpoint: path, difference });
  else
    output.line(
      `written to ${path}; logits differ by at most ${difference.toExponential(1)} from the sample's`,
    );
  return undefined;
}

/** `pavlov import` */
export const importVerb: Verb = {
  name: 'import',
  summary: 'make a run folder of a model that was exported',
  example: 'pavlov import story-fla --from fla --out checkpoints/story-back',
  define: (command, act) => {
    command
      .argument('<folder>', "folder that 'pavlov export' wrote")
      .requiredOption('--from <form>', `form: ${Object.keys(sources).join(', ')}`)
      .requiredOption('--out <folder>', 'run folder; it must not exist')
      .option('--json', 'print one JSON document')
      .action(act(importModel));
  },
};
