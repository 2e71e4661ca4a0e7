import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { Command } from 'commander';
import { candidates } from './candidates.js';
import { flagsOf, type Candidate, type ProbeReport } from './probe.js';
import { runProbe } from './runProbe.js';
import { EXIT } from '../../exitCodes.js';
import type { Output } from '../../output.js';
import { table, textTable } from '../../../report/table.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
}

function describeMachine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
  };
}

interface Finding {
  readonly candidate: Candidate;
  readonly report: ProbeReport;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function printMachine(output: Output, machine: Machine): void {
  output.line(`Node ${machine.node} on ${machine.platform}, ${machine.processor}`);
  output.line(
    `${machine.cores} cores, ${gibibytes(machine.memoryBytes)} memory, ${gibibytes(machine.freeMemoryBytes)} free`,
  );
  output.line();
}

function rowOf({ candidate, report }: Finding, output: Output): string[] {
  const { green, red } = output.colours;
  if (!report.works) return [candidate.label, red('no'), '', '', ''];
  const size = `${report.matmulSize} x ${report.matmulSize}`;
  return [candidate.label, green('works'), report.gflops.toFixed(1), size, report.compileSeconds.toFixed(2)];
}

const START = { label: 'start s', align: 'right' } as const;

function printFindings(output: Output, findings: readonly Finding[]): void {
  const rows = findings.map((finding) => rowOf(finding, output));
  const columns = ['engine', 'state', { label: 'GFLOP/s', align: 'right' }, 'matmul', START] as const;
  output.line(textTable(table('', columns, rows)));
  const broken = findings.flatMap(({ candidate, report }) => (report.works ? [] : [{ candidate, report }]));
  if (broken.length > 0) output.line();
  for (const { candidate, report } of broken) {
    output.line(`${candidate.label}: ${report.reason}`);
    if (candidate.remedy !== '') output.line(`  ${candidate.remedy}`);
  }
}

function fastest(findings: readonly Finding[]): Candidate | undefined {
  const working = findings.flatMap(({ candidate, report }) =>
    report.works ? [{ candidate, gflops: report.gflops }] : [],
  );
  return working.sort((a, b) => b.gflops - a.gflops)[0]?.candidate;
}

async function examine(output: Output): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const candidate of await candidates()) {
    if (output.interactive) output.write(`\r\u001b[Ktrying ${candidate.label}`);
    findings.push({ candidate, report: await runProbe(candidate) });
  }
  if (output.interactive) output.write('\r\u001b[K');
  return findings;
}

async function runDoctor({ output }: Context): Promise<Outcome> {
  const machine = describeMachine();
  if (!output.json) printMachine(output, machine);
  const findings = await examine(output);
  const best = fastest(findings);
  if (output.json) {
    const engines = findings.map(({ candidate: { options, remedy }, report }) => ({
      ...options,
      ...report,
      ...(!report.works && remedy !== '' ? { remedy } : {}),
    }));
    output.document({ machine, engines, fastest: best?.options ?? null });
  } else {
    printFindings(output, findings);
    output.line();
    output.line(best ? `fastest matmul here: ${flagsOf(best)}` : 'no engine works here');
  }
  return best ? EXIT.done : EXIT.ours;
}

/** `pavlov doctor` */
export const doctor: Verb = {
  name: 'doctor',
  summary: 'say which engines, devices and backends work here, why not if not, and how fast they multiply',
  example: 'pavlov doctor',
  define: (command: Command, act) => {
    command.option('--json', 'print one JSON document').action(act(runDoctor));
  },
};
