import { serveProcess } from '../experiments/grid/worker.js';
import { reportEnds } from './ending.js';
import { explain } from './failure.js';
import { loadPlugIn } from './plugIns/load.js';
import { EXIT } from './verbs/contract.js';

/* The program of a worker process of a grid, which also knows rules, gates and the like from files. */
reportEnds((error) => {
  if (!process.connected) return EXIT.done; // its grid is gone
  const { message, exitCode } = explain(error);
  process.stderr.write(`error: ${message}\n`);
  return exitCode;
});
serveProcess({ loadPlugIn: async ({ kind, path, ...saved }) => loadPlugIn(kind, path, saved) });
