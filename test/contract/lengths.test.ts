import { THOROUGH } from '../support/ruleSets.js';
import { ruleContract } from './ruleContract.js';

ruleContract(THOROUGH, 'lengths');
