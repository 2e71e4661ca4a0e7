import { describe } from 'vitest';
import { rules } from '../../../src/rules/registry.js';
import { equalsTheDefinition, keepsTheContract } from './pacedContract.js';

describe.each(['hebbian', 'comba'])('%s with memories of two periods', equalsTheDefinition);

describe.each(Object.keys(rules))('%s updated at every third token', keepsTheContract);
