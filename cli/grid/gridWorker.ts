import { serveCells } from '../../experiments/grid/worker.js';
import { loadRule } from '../ruleFile.js';
import { processPort } from './processPort.js';

/* The program of a worker process of a grid; see `runGrid`. */
serveCells(processPort(), Date.now, { loadRule });
