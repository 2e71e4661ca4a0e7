import type { Order, WorkerPort } from '../../experiments/grid/messages.js';

/**
 * The line of this process to the grid that started it. The grid answers for Ctrl-C, which the terminal sends to
 * both; when the grid is gone, so is this process, before it writes into a folder that another may work in.
 */
export function processPort(): WorkerPort {
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  return {
    send: (report) => void process.send?.(report),
    // The cast: the other end is a grid of ours.
    onOrder: (listener) => void process.on('message', (order) => listener(order as Order)),
    log: (line) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`),
  };
}
