import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { startPavlov } from '../support/pavlov.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

/** Resident megabytes of a process. */
function residentMb(pid: number): number {
  const [, kb = 'NaN'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1000;
}

it('answers a prompt of 1 MB and 10,000 requests of 64 clients in memory that does not grow', async () => {
  const run = join(temporaryFolder(), 'story');
  await saveUntrainedRun(run);
  const server = startPavlov(['serve', run, '--port', '0']);
  let url = '';
  for await (const text of server.stdout!) {
    url = /http:\S+/.exec(String(text))?.[0] ?? '';
    if (url !== '') break;
  }
  const ask = async (body: object): Promise<string> => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    return response.text();
  };
  const long = JSON.parse(await ask({ prompt: 'Once upon a time. '.repeat(58_000), max_tokens: 3 })) as {
    usage: { prompt_tokens: number };
  };
  expect(long.usage.prompt_tokens).toBeGreaterThan(100_000);
  const megabytes: number[] = [];
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < 10_000) {
      const i = sent++;
      if (i % 1000 === 0) megabytes.push(residentMb(server.pid!));
      const stream = i % 2 === 0;
      // One in fifty leaves before its answer.
      const signal = AbortSignal.timeout(i % 50 === 0 ? 5 : 600_000);
      const body = JSON.stringify({ prompt: `Once ${i % 7}`, max_tokens: 1 + (i % 9), stream, seed: i });
      const answer = await fetch(url, { method: 'POST', body, signal }).then(
        (response) => response.text(),
        () => undefined,
      );
      if (i % 50 !== 0) expect(answer).toContain(stream ? '[DONE]' : '"usage"');
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: 64 }, client));
  megabytes.push(residentMb(server.pid!));
  const seconds = (performance.now() - begun) / 1000;
  server.kill('SIGTERM');
  process.stdout.write(`${megabytes.map((mb) => mb.toFixed(0)).join(' ')} MB; ${seconds.toFixed(0)} s\n`);
  expect(Math.max(...megabytes.slice(6))).toBeLessThan(1.1 * Math.max(...megabytes.slice(2, 6)));
}, 900_000);
