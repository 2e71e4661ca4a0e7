import { spawn } from 'node:child_process';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { eagerBackends, graphDevices, type EngineOptions } from '../../../src/engine/engine.js';
import type { Output } from '../../output.js';
import { table, textTable } from '../../../report/table.js';
import { EXIT, type Context, type Outcome, type Verb } from '../contract.js';
import type { ProbeReport } from './probeChild.js';

/** An engine, device or backend that the command line can choose. */
interface Candidate {
  readonly label: string;
  readonly options: EngineOptions;
  /** What would make it work, where the reason alone does not say. */
  readonly remedy: string;
}

/** The options of the command line that choose a candidate. */
function flagsOf({ options: { engine, device, backend } }: Candidate): string {
  const choice = device === undefined ? `--backend ${backend ?? ''}` : `--device ${device}`;
  return `--engine ${engine ?? ''} ${choice}`;
}

/** What each device of the graph engine needs. */
const REMEDIES: Readonly<Record<(typeof graphDevices)[number], string>> = {
  cpu: 'reinstall onnxruntime-node; its binary must suit this platform',
  webgpu: 'it needs a GPU with a Vulkan, Metal or Direct3D 12 driver',
  cuda: "it needs an NVIDIA GPU, CUDA 12, cuDNN 9 and 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false'",
};

/** Every engine, device and backend that the command line can choose. */
function candidates(): readonly Candidate[] {
  const graph = graphDevices.map((device) => ({
    label: `graph ${device}`,
    options: { engine: 'graph', device } as const,
    remedy: REMEDIES[device],
  }));
  const eager = eagerBackends.map((backend) => ({
    label: `eager ${backend}`,
    options: { engine: 'eager', backend } as const,
    remedy: '',
  }));
  return [...graph, ...eager];
}

const TIMEOUT_MS = 120_000;

/** The child's file beside this one, TypeScript or JavaScript as we run ourselves. */
function childFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./probeChild.${extension}`, import.meta.url));
}

/** The last line of a crash that says something; native libraries put their reason there. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('at '));
  return said.findLast((line) => /error|abort|fail|fatal/i.test(line)) ?? said.at(-1) ?? 'no message';
}

/** Native libraries break their reasons over lines; a report is one line a finding. */
function tidied(report: ProbeReport): ProbeReport {
  return report.works ? report : { works: false, reason: report.reason.replaceAll(/\s+/g, ' ').trim() };
}

function parseReport(stdout: string): ProbeReport | undefined {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    // The cast: the child is ours; anything else it printed fails to parse.
    return tidied(JSON.parse(line) as ProbeReport);
  } catch {
    return undefined;
  }
}

/** Tries one engine in a process of its own, so that a crash of a native library is only a finding. */
export function runProbe({ options }: Pick<Candidate, 'options'>): Promise<ProbeReport> {
  return new Promise((resolve) => {
    const args = [...process.execArgv, childFile(), JSON.stringify(options)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error) => resolve({ works: false, reason: error.message }));
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`;
      const reason = `the process ended with ${how}: ${lastWords(stderr)}; use another engine or update its driver`;
      resolve(parseReport(stdout) ?? { works: false, reason });
    });
  });
}

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

const START = { label: 'start (s)', align: 'right' } as const;

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
  for (const candidate of candidates()) {
    if (output.interactive) output.draw(`\r\u001b[Ktrying ${candidate.label}`);
    findings.push({ candidate, report: await runProbe(candidate) });
  }
  if (output.interactive) output.draw('\r\u001b[K');
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
    output.line(best ? `fastest matmul: ${flagsOf(best)}` : 'no engine works on this machine');
  }
  return best ? EXIT.done : EXIT.ours;
}

/** `pavlov doctor` */
export const doctor: Verb = {
  name: 'doctor',
  summary: 'report which engines, devices and backends work on this machine, and their matmul speed',
  example: 'pavlov doctor',
  define: (command: Command, act) => {
    command.option('--json', 'print one JSON document').action(act(runDoctor));
  },
};
