import { serveProcess } from '../experiments/grid/worker.js';
import { loadPlugIn } from './plugIns/load.js';

/* The program of a worker process of a grid, which also knows rules, gates and the like from files. */
serveProcess({ loadPlugIn: async ({ kind, path, ...saved }) => loadPlugIn(kind, path, saved) });
