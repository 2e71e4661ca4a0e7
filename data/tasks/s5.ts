import { wordProblem } from './wordProblem.js';

/** The word problem of S5: 120 elements, not solvable, complete for NC1. */
export const s5 = wordProblem({ name: 's5', points: 5, title: 'Word problem of S5' });
