import type { CheckResult } from '../../../src/verify/ruleCheck.js';
import type { LearningRule } from '../../../src/rules/contract.js';
import { engineOptions, nameList } from '../../options.js';
import { engineNames } from '../../../src/engine/engine.js';
import { type Output, createStatusLine } from '../../output.js';
import { table, textTable } from '../../../report/table.js';
import { EXIT, type Context, type Outcome, type Verb } from '../contract.js';

interface CheckRuleFlags {
  readonly engine?: string;
  readonly only?: readonly string[];
}

/** Results of one engine. */
interface EngineResults {
  readonly engine: string;
  readonly results: readonly CheckResult[];
}

/** A rule by its name or file. */
async function findRule(given: string): Promise<LearningRule> {
  const { rules } = await import('../../../src/rules/registry.js');
  const { lookUp } = await import('../../../src/core/errors.js');
  const { ruleName } = await import('../../ruleFile.js');
  return lookUp('check-rule', rules, await ruleName(given));
}

async function runOn(
  engine: string,
  rule: LearningRule,
  { only }: CheckRuleFlags,
  show: (check: string) => void,
): Promise<EngineResults> {
  const { createEngine } = await import('../../../src/engine/createEngine.js');
  const { checkRule } = await import('../../../src/verify/checkRule.js');
  const made = await createEngine(engineOptions({ engine }));
  try {
    const onResult = ({ check }: CheckResult): void => show(`${engine}: ${check}`);
    const results = await checkRule(rule, { engine: made, onResult, ...(only && { checks: only }) });
    return { engine, results };
  } finally {
    await made.dispose();
  }
}

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
    output.line(`\n${output.colours.red('FAIL')} ${check}, ${engine}`);
    for (const [name, text] of Object.entries(finding ?? {})) {
      output.line(`  ${name.padEnd(8)}  ${String(text).replaceAll('\n', '\n            ')}`);
    }
  }
}

async function check({ output }: Context, given: string, flags: CheckRuleFlags): Promise<Outcome> {
  const engines = flags.engine === undefined ? engineNames : [flags.engine];
  for (const engine of engines) engineOptions({ engine });
  const rule = await findRule(given);
  const status = createStatusLine(output);
  const all: EngineResults[] = [];
  for (const engine of engines) all.push(await runOn(engine, rule, flags, (text) => status.show(text)));
  status.clear();
  const failed = failures(all).length;
  if (output.json) {
    const checks = all.flatMap(({ engine, results }) => results.map((result) => ({ engine, ...result })));
    output.document({ rule: rule.name, passed: failed === 0, checks });
  } else {
    output.line(`${rule.name}: ${rule.title}\n${rule.equation}\n`);
    output.line(statusTable(output, all));
    printFailures(output, all);
    output.line(
      `\n${failed === 0 ? 'all checks passed' : `${failed} ${failed === 1 ? 'check' : 'checks'} failed`}`,
    );
  }
  return failed === 0 ? EXIT.done : EXIT.user;
}

/** `pavlov check-rule` */
export const checkRule: Verb = {
  name: 'check-rule',
  summary: 'check a rule, built-in or yours, against the rule contract',
  example: 'pavlov check-rule delta --engine eager',
  define: (command, act) => {
    command
      .argument('<rule>', 'the name of a rule, or the file of your own, such as ./my-rule.ts')
      .option('--engine <name>', 'graph or eager (default: both)')
      .option('--only <checks>', 'comma-separated checks (default: all)', nameList('--only'))
      .option('--json', 'print one JSON document')
      .action(act(check));
  },
};
