import { channelMutants } from './channels.js';
import { contractMutants } from './contracts.js';
import { formMutants } from './forms.js';
import { gateMutants } from './gates.js';
import { gridMutants } from './grids.js';
import { mixerMutants } from './mixers.js';
import type { Mutant } from './mutant.js';
import { playMutants } from './play.js';
import { ruleMutants } from './rules.js';
import { shortContractMutants } from './shortContracts.js';

/** Every fault that a test must see. */
export const mutants: readonly Mutant[] = [
  ...ruleMutants,
  ...shortContractMutants,
  ...formMutants,
  ...channelMutants,
  ...gateMutants,
  ...mixerMutants,
  ...contractMutants,
  ...gridMutants,
  ...playMutants,
];
