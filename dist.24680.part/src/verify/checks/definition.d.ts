import { type RuleCheck } from '../ruleCheck.js';
/** The empty memory is `[B,H,V,K]`, and every field has a row and a head first. */
export declare const initialState: RuleCheck;
/** `o_t = S_t q_t`: what is read is the memory after the token has been written. */
export declare const readOut: RuleCheck;
/** The rule decays S, and nothing but S, before it looks at it. */
export declare const decay: RuleCheck;
/** Several queries of one memory, as heads that share it have. */
export declare const sharedReads: RuleCheck;
