/** Takes toy cells from a server. Arguments: address, folder, jobs, seconds of the lease, options. */
import { fileURLToPath } from 'node:url';
import { localProcesses } from '../../../experiments/grid/workerPool.js';
import { serveQueue } from '../../../experiments/queue/queueWorker.js';
import { openServer } from '../../../experiments/queue/server.js';

const worker = {
  file: fileURLToPath(new URL('../grid/toyWorker.ts', import.meta.url)),
  execArgv: ['--import', import.meta.resolve('tsx')],
};
const [, , url = '', folder = '', jobs = '1', lease = '2', shared] = process.argv;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const onNote = (text: string): void => void process.stderr.write(`${text}\n`);
const server = await openServer(url, onNote);
const executor = localProcesses({ worker, jobs: Number(jobs) });
await serveQueue(server, {
  folder,
  jobs: Number(jobs),
  executor,
  allowCode: false,
  leaseMs: Number(lease) * 1000,
  signal: stop.signal,
  onNote,
  ...(shared !== undefined && { shared }),
});
await executor.close();
server.close();
