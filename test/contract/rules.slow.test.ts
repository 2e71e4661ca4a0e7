import { OTHERS } from '../support/ruleSets.js';
import { ruleContract } from './ruleContract.js';

ruleContract(OTHERS, 'whole');
ruleContract(OTHERS, 'lengths');
