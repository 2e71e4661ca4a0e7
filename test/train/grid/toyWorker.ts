import { processPort } from '../../../cli/compare/processPort.js';
import { serveCells } from '../../../train/grid/worker.js';
import { toyKind } from './toyKind.js';

serveCells(processPort(), Date.now, { kinds: async () => toyKind });
