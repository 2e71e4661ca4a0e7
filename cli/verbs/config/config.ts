import { addRunFlags, configRequest, type RunFlags } from '../../options.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface ConfigFlags extends RunFlags {
  readonly schema?: boolean;
  readonly json?: boolean;
}

async function printConfig({ output }: Context, flags: ConfigFlags): Promise<Outcome> {
  if (flags.schema) {
    const { runConfigJsonSchema } = await import('../../../train/config/schema.js');
    output.document(runConfigJsonSchema());
    return undefined;
  }
  const { resolveConfig } = await import('../../../train/config/resolveConfig.js');
  const config = await resolveConfig(await configRequest(flags, output));
  if (output.json) {
    output.document(config);
    return undefined;
  }
  const { stringify } = await import('yaml');
  output.write(stringify(config));
  return undefined;
}

/** `pavlov config` */
export const config: Verb = {
  name: 'config',
  usesProject: true,
  summary: 'print the resolved config of preset, file and flags as YAML, or its JSON Schema',
  example: 'pavlov config --preset tiny --set train.batchSize=8 > run.yaml',
  define: (command, act) => {
    addRunFlags(command)
      .option('--schema', 'print the JSON Schema of the config instead')
      .option('--json', 'print one JSON document')
      .action(act(printConfig));
  },
};
