import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Candidate, ProbeReport } from './probe.js';

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
export function runProbe(candidate: Candidate): Promise<ProbeReport> {
  return new Promise((resolve) => {
    const args = [...process.execArgv, childFile(), JSON.stringify(candidate.options)];
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
