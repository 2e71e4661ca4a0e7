import { serveProcess } from '../experiments/grid/worker.js';
import { loadRule } from './ruleFile.js';

/* The program of a worker process of a grid, which also knows rules from files. */
serveProcess({ loadRule });
