import { type Lowerings } from '../lowering.js';
/** Ops of ours that the runtime has something better for than their definition. */
export declare const customOps: Lowerings;
