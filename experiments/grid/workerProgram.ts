import { serveProcess } from './worker.js';

/* The program of a worker process where a grid is given no other. */
serveProcess();
