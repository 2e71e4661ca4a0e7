import type { CheckOptions, CheckResult } from '../../../src/core/check.js';
import { lookUp } from '../../../src/core/errors.js';
import type { PlugInKind } from '../../../src/core/registry.js';
import type { Engine } from '../../../src/engine/engine.js';
import { engineNames } from '../../../src/engine/engine.js';
import { table, textTable } from '../../../report/table.js';
import { engineOptions, nameList } from '../../options.js';
import { createStatusLine, type Output } from '../../output.js';
import { EXIT, type Context, type Outcome, type Verb } from '../contract.js';

interface CheckFlags {
  readonly engine?: string;
  readonly only?: readonly string[];
}

/** Results of one engine; of no engine where none is needed. */
interface EngineResults {
  readonly engine: string;
  readonly results: readonly CheckResult[];
}

/** What is told of a part that is checked. */
interface Described {
  readonly name: string;
  readonly title: string;
  readonly equation?: string;
}

type RunChecks = (
  name: string,
  options: CheckOptions & { readonly engine?: Engine },
) => Promise<readonly CheckResult[]>;

/** A kind of part that a verb checks. */
interface CheckedKind {
  readonly kind: PlugInKind;
  readonly example: string;
  /** Whether it is run on engines, each in turn. */
  readonly onEngines: boolean;
  readonly parts: () => Promise<Readonly<Record<string, Described>>>;
  readonly run: () => Promise<RunChecks>;
}

const checked: readonly CheckedKind[] = [
  {
    kind: 'rule',
    example: 'pavlov check-rule delta --engine eager',
    onEngines: true,
    parts: async () => (await import('../../../src/rules/registry.js')).rules,
    run: async () => {
      const { rules } = await import('../../../src/rules/registry.js');
      const { checkRule } = await import('../../../src/verify/checkRule.js');
      return async (name, options) => checkRule(lookUp('check-rule', rules, name), options);
    },
  },
  {
    kind: 'gate',
    example: 'pavlov check-gate scalar --engine eager',
    onEngines: true,
    parts: async () => (await import('../../../src/gates/registry.js')).gates,
    run: async () => {
      const { gates } = await import('../../../src/gates/registry.js');
      const { checkGate } = await import('../../../src/verify/checkGate.js');
      return async (name, options) => checkGate(lookUp('check-gate', gates, name), options);
    },
  },
  {
    kind: 'mixer',
    example: 'pavlov check-mixer conditioning --engine eager',
    onEngines: true,
    parts: async () => (await import('../../../src/mixers/registry.js')).mixers,
    run: async () => {
      const { mixers } = await import('../../../src/mixers/registry.js');
      const { checkMixer } = await import('../../../src/verify/checkMixer.js');
      return async (name, options) => checkMixer(lookUp('check-mixer', mixers, name), options);
    },
  },
  {
    kind: 'optimizer',
    example: 'pavlov check-optimizer adamw --engine eager',
    onEngines: true,
    parts: async () => (await import('../../../src/optim/registry.js')).optimizers,
    run: async () => {
      const { optimizers } = await import('../../../src/optim/registry.js');
      const { checkOptimizer } = await import('../../../src/verify/checkOptimizer.js');
      return async (name, options) => checkOptimizer(lookUp('check-optimizer', optimizers, name), options);
    },
  },
  {
    kind: 'task',
    example: 'pavlov check-task parity',
    onEngines: false,
    parts: async () => (await import('../../../data/tasks/registry.js')).tasks,
    run: async () => {
      const { checkTask, tasks } = await import('../../../data/tasks/index.js');
      return async (name, options) => checkTask(lookUp('check-task', tasks, name), options);
    },
  },
  {
    kind: 'probe',
    example: 'pavlov check-probe lm --engine eager',
    onEngines: true,
    parts: async () => (await import('../../../eval/probes/registry.js')).probes,
    run: async () => {
      const { probes } = await import('../../../eval/probes/registry.js');
      const { checkProbe } = await import('../../../eval/probes/check/checkProbe.js');
      return async (name, options) => checkProbe(lookUp('check-probe', probes, name), options);
    },
  },
];

/** One row per check, one column per engine; reasons for what was skipped. */
function statusTable({ colours }: Output, all: readonly EngineResults[]): string {
  const paint = { pass: colours.green, fail: colours.red, skip: colours.dim };
  const [first] = all;
  const rows = (first?.results ?? []).map(({ check, title, status, reason }, i) => {
    const marks = all.map(({ results }) => results[i]?.status ?? 'skip');
    return [check, ...marks.map((mark) => paint[mark](mark)), status === 'skip' ? (reason ?? '') : title];
  });
  return textTable(table('', ['check', ...all.map(({ engine }) => engine), ''], rows));
}

function failures(all: readonly EngineResults[]): readonly (CheckResult & { readonly engine: string })[] {
  return all.flatMap(({ engine, results }) =>
    results.filter(({ status }) => status === 'fail').map((result) => ({ ...result, engine })),
  );
}

function printFailures(output: Output, all: readonly EngineResults[]): void {
  for (const { check, engine, finding } of failures(all)) {
    output.line(`\n${output.colours.red('FAIL')} ${check}${engine === '' ? '' : `, ${engine}`}`);
    for (const [name, text] of Object.entries(finding ?? {})) {
      output.line(`  ${name.padEnd(8)}  ${String(text).replaceAll('\n', '\n            ')}`);
    }
  }
}

/** The results on each engine asked for. */
async function resultsOf(
  { onEngines, run }: CheckedKind,
  name: string,
  flags: CheckFlags,
  show: (text: string) => void,
): Promise<EngineResults[]> {
  const runChecks = await run();
  const options = (engine: string): CheckOptions => ({
    onResult: ({ check }) => show(`${engine} ${check}`.trim()),
    ...(flags.only && { checks: flags.only }),
  });
  if (!onEngines) return [{ engine: '', results: await runChecks(name, options('')) }];
  const { createEngine } = await import('../../../src/engine/createEngine.js');
  const all: EngineResults[] = [];
  for (const engine of flags.engine === undefined ? engineNames : [flags.engine]) {
    const made = await createEngine(engineOptions({ engine }));
    try {
      all.push({ engine, results: await runChecks(name, { ...options(engine), engine: made }) });
    } finally {
      await made.dispose();
    }
  }
  return all;
}

/** Checks one part and tells what is wrong with it. */
async function check(
  kind: CheckedKind,
  { output }: Context,
  given: string,
  flags: CheckFlags,
): Promise<Outcome> {
  if (flags.engine !== undefined) engineOptions({ engine: flags.engine });
  const { plugInName } = await import('../../plugIns/load.js');
  const part = lookUp(`check-${kind.kind}`, await kind.parts(), await plugInName(kind.kind, given));
  const status = createStatusLine(output);
  const all = await resultsOf(kind, part.name, flags, (text) => status.show(text)).finally(() =>
    status.clear(),
  );
  const failed = failures(all).length;
  if (output.json) {
    const checks = all.flatMap(({ engine, results }) =>
      results.map((result) => ({ ...(engine !== '' && { engine }), ...result })),
    );
    output.document({ [kind.kind]: part.name, passed: failed === 0, checks });
  } else {
    output.line(`${part.name}: ${part.title}\n${part.equation === undefined ? '' : `${part.equation}\n`}`);
    output.line(statusTable(output, all));
    printFailures(output, all);
    output.line(
      `\n${failed === 0 ? 'all checks passed' : `${failed} ${failed === 1 ? 'check' : 'checks'} failed`}`,
    );
  }
  return failed === 0 ? EXIT.done : EXIT.user;
}

/** `pavlov check-rule`, `check-gate`, `check-mixer`, `check-optimizer`, `check-task` and `check-probe`. */
export const checkVerbs: readonly Verb[] = checked.map((kind) => {
  const article = kind.kind === 'optimizer' ? 'an' : 'a';
  return {
    name: `check-${kind.kind}`,
    usesProject: true,
    summary: `check ${article} ${kind.kind}, built-in or yours, against the ${kind.kind} contract`,
    example: kind.example,
    define: (command, act) => {
      command.argument(
        `<${kind.kind}>`,
        `the name of ${article} ${kind.kind}, or the file of your own, such as ./my-${kind.kind}.ts`,
      );
      if (kind.onEngines) command.option('--engine <name>', 'graph or eager (default: both)');
      command
        .option('--only <checks>', 'comma-separated checks (default: all)', nameList('--only'))
        .option('--json', 'print one JSON document')
        .action(
          act(async (context: Context, given: string, flags: CheckFlags) =>
            check(kind, context, given, flags),
          ),
        );
    },
  };
});
