import { exportTargets } from '../../../export/registry.js';
import { formatBytes } from '../../format.js';
import { addPlugInFlags, type PlugInFlags, wholeNumber } from '../../options.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface ExportFlags extends PlugInFlags {
  readonly to: string;
  readonly out: string;
  readonly cacheLength?: number;
}

async function exportRun({ output }: Context, folder: string, flags: ExportFlags): Promise<Outcome> {
  const { openTrainedModel } = await import('../../../eval/index.js');
  const { exportModel } = await import('../../../export/index.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const { to, out, cacheLength } = flags;
  await usePlugInsOf(folder, flags, output);
  const trained = await openTrainedModel(folder);
  const exported = await exportModel(trained, to, out, cacheLength === undefined ? {} : { cacheLength });
  if (output.json) output.document({ checkpoint: trained.checkpoint.path, to, ...exported });
  else {
    for (const { path, bytes } of exported.files) output.line(`${path}  ${formatBytes(bytes)}`);
    output.line(`\nwritten to ${out}; its README.md says how to use it`);
  }
  return undefined;
}

function formsHelp(): string {
  const width = Math.max(...Object.keys(exportTargets).map((name) => name.length));
  const lines = Object.entries(exportTargets).map(([name, { title }]) => `  ${name.padEnd(width)}  ${title}`);
  return `\nForms:\n${lines.join('\n')}`;
}

/** `pavlov export` */
export const exportVerb: Verb = {
  name: 'export',
  usesProject: true,
  summary: 'export a trained model for other programs',
  example: 'pavlov export checkpoints/story --to onnx --out story-onnx',
  define: (command, act) => {
    addPlugInFlags(
      command
        .argument('<folder>', 'run folder, or one checkpoint in it')
        .requiredOption('--to <form>', `form: ${Object.keys(exportTargets).join(', ')}`)
        .requiredOption('--out <folder>', 'output folder; it must not exist')
        .option(
          '--cache-length <n>',
          'tokens that mixers which keep tokens hold (default: 1024)',
          wholeNumber('--cache-length', 1),
        ),
    )
      .option('--json', 'print one JSON document')
      .addHelpText('after', formsHelp())
      .action(act(exportRun));
  },
};
