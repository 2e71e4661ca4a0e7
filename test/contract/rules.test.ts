import { OTHERS, THOROUGH } from '../support/ruleSets.js';
import { ruleContract } from './ruleContract.js';

ruleContract(THOROUGH, 'whole');
ruleContract(OTHERS, 'short');
