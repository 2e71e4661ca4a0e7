import { wordProblem } from './wordProblem.js';

/** The word problem of S3: six elements, solvable, so in reach of products of reflections. */
export const s3 = wordProblem({ name: 's3', points: 3, title: 'Word problem of S3' });
