import { type Lowerings } from '../lowering.js';
export declare const convolution: Lowerings;
