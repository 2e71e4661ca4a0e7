export { resolveParams } from '../core/params.js';
