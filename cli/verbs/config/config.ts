import { addRunFlags, configRequest, type RunFlags } from '../../options.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface ConfigFlags extends RunFlags {
  readonly schema?: boolean;
  readonly task?: string;
  readonly json?: boolean;
}

/** The config of a run on text, or on the task that is named. */
async function resolved({ task, ...flags }: ConfigFlags, output: Context['output']): Promise<object> {
  const request = await configRequest(flags, output);
  if (task !== undefined) {
    const { resolveTaskConfig } = await import('../../../train/tasks/resolveTaskConfig.js');
    // The cast: the settings of a task's run are checked by its own schema, which names those that it does not have.
    return resolveTaskConfig({ ...request, task } as Parameters<typeof resolveTaskConfig>[0]);
  }
  const { resolveConfig } = await import('../../../train/config/resolveConfig.js');
  return resolveConfig(request);
}

async function printConfig({ output }: Context, flags: ConfigFlags): Promise<Outcome> {
  if (flags.schema) {
    const { runConfigJsonSchema } = await import('../../../train/config/schema.js');
    output.document(runConfigJsonSchema());
    return undefined;
  }
  const config = await resolved(flags, output);
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
      .option(
        '--task <name>',
        'the config of a training on this task instead, with presets of its own: smoke, small, frontier, paper',
      )
      .option('--schema', 'print the JSON Schema of the config instead')
      .option('--json', 'print one JSON document')
      .action(act(printConfig));
  },
};
