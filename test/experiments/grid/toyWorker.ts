import { serveProcess } from '../../../experiments/grid/worker.js';
import { toyKind } from './toyKind.js';

serveProcess({ kinds: async () => toyKind });
