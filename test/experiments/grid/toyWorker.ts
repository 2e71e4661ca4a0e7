import { processPort } from '../../../cli/grid/processPort.js';
import { serveCells } from '../../../experiments/grid/worker.js';
import { toyKind } from './toyKind.js';

serveCells(processPort(), Date.now, { kinds: async () => toyKind });
