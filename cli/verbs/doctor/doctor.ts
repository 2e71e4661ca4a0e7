import { spawn } from 'node:child_process';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { eagerBackends, graphDevices, type EngineOptions } from '../../../src/engine/engine.js';
import { ownModule } from '../../../src/core/ownPackage.js';
import { required } from '../../../src/core/required.js';
import { threadsToUse } from '../../../src/engine/idleCores.js';
import type { Output } from '../../output.js';
import { table, textTable } from '../../../report/table.js';
import { EXIT, type Context, type Outcome, type Verb } from '../contract.js';
import { missingForCuda } from './cudaProvider.js';
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
  webgpu: '', // where there is no adapter, the reason says what it needs
  cuda: 'it needs Linux on x64, an NVIDIA GPU, and the files and libraries that docs/devices.md names',
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
/** How long the load of the machine is watched. */
const LOAD_MS = 300;

/** The last line of a crash that says something; native libraries put their reason there. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('at '));
  return said.findLast((line) => /error|abort|fail|fatal/i.test(line)) ?? said.at(-1) ?? 'no message';
}

/** A report in one line, without what native libraries say of their own sources and what the reader is doing already. */
function tidied(report: ProbeReport): ProbeReport {
  if (report.works) return report;
  const line = report.reason.replaceAll(/\s+/g, ' ').trim();
  return { works: false, reason: line.replace(/; run 'pavlov doctor' to see .*$/, '') };
}

/** The reports in what a child printed. */
function parseReports(stdout: string): ProbeReport[] {
  return stdout.split('\n').flatMap((line) => {
    try {
      // The cast: the child is ours; what else is printed into its output is no JSON object.
      return line.startsWith('{') ? [tidied(JSON.parse(line) as ProbeReport)] : [];
    } catch {
      return [];
    }
  });
}

type Tried = Pick<Candidate, 'options'>;

/** Reports of as many engines as a process tried before it died, and of the one that it died of. */
function tryInChild(candidates: readonly Tried[]): Promise<ProbeReport[]> {
  return new Promise((resolve) => {
    const asked = JSON.stringify(candidates.map(({ options }) => options));
    const args = [...process.execArgv, fileURLToPath(ownModule('cli/verbs/doctor/probeChild')), asked];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error) => resolve([{ works: false, reason: error.message }]));
    child.on('close', (code, signal) => {
      const reports = parseReports(stdout);
      if (reports.length >= candidates.length) return resolve(reports);
      const how = signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`;
      const reason = `the process ended with ${how}: ${lastWords(stderr)}; use another engine or update its driver`;
      resolve([...reports, { works: false, reason }]);
    });
  });
}

/**
 * Tries engines one after the other in a process of their own, so that a crash of a native library is only a finding;
 * those after one that crashed get another process.
 */
export async function runProbes(candidates: readonly Tried[]): Promise<ProbeReport[]> {
  const reports: ProbeReport[] = [];
  while (reports.length < candidates.length)
    reports.push(...(await tryInChild(candidates.slice(reports.length))));
  return reports;
}

interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  /** Of the graph engine on cpu, if it were started now. */
  readonly threads: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
}

function describeMachine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    threads: threadsToUse(),
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
  const { cores, threads } = machine;
  const why = threads < cores ? 'other processes use the rest' : 'as many as idle cores';
  output.line(`graph engine on cpu: ${threads} of ${cores} threads (${why}), 1 for little work`);
  output.line();
}

/** A rate in two digits at least, since that of a software adapter begins behind the point. */
function rateText(gflops: number): string {
  return gflops < 1 ? gflops.toPrecision(2) : gflops.toFixed(1);
}

function rowOf({ candidate, report }: Finding, output: Output): string[] {
  const { green, red } = output.colours;
  if (!report.works) return [candidate.label, red('no'), '', '', ''];
  const size = `${report.matmulSize} x ${report.matmulSize}`;
  return [candidate.label, green('works'), rateText(report.gflops), size, report.compileSeconds.toFixed(2)];
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

/** Processes for the candidates: one for all that compute on the processor, and one for each device that may crash. */
function processesFor(all: readonly Candidate[]): Candidate[][] {
  const usesGpu = ({ options: { device = 'cpu' } }: Candidate): boolean => device !== 'cpu';
  return [all.filter((one) => !usesGpu(one)), ...all.filter(usesGpu).map((one) => [one])];
}

/** What need not be tried, with what ONNX Runtime would leave out of its reason. */
function knownToFail({ options: { device } }: Candidate): ProbeReport | undefined {
  const missing = device === 'cuda' ? missingForCuda() : undefined;
  return missing === undefined
    ? undefined
    : { works: false, reason: `engine graph: device 'cuda': ${missing}` };
}

async function examine(output: Output): Promise<Finding[]> {
  const all = candidates();
  const found = new Map<Candidate, ProbeReport>();
  for (const group of processesFor(all)) {
    const trying = `trying ${group.map(({ label }) => label).join(', ')}`;
    if (output.interactive) output.draw(`\r\u001b[K${trying}`);
    else output.note(trying);
    const known = group.flatMap((candidate) => knownToFail(candidate) ?? []);
    const reports = known.length > 0 ? known : await runProbes(group);
    group.forEach((candidate, i) => found.set(candidate, required(reports[i], 'a report of each')));
  }
  if (output.interactive) output.draw('\r\u001b[K');
  return all.map((candidate) => ({ candidate, report: required(found.get(candidate), 'a report') }));
}

/** What a rate says that works and yet is not what was wanted. */
function softwareAdapter(findings: readonly Finding[]): string | undefined {
  const rate = (wanted: string): number =>
    findings.flatMap(({ candidate, report }) =>
      candidate.options.device === wanted && report.works ? [report.gflops] : [],
    )[0] ?? Infinity;
  if (rate('webgpu') >= rate('cpu')) return undefined;
  return 'graph webgpu is slower than graph cpu: its adapter is probably software, or shares the memory of a small GPU';
}

async function runDoctor({ output }: Context): Promise<Outcome> {
  // The load of the machine shows over a moment only.
  await setTimeout(LOAD_MS);
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
    const remark = softwareAdapter(findings);
    if (remark !== undefined) output.line(`\n${remark}`);
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
