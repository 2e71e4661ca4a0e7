/** A fault to plant: one text of one file replaced, and the test that must then fail. */
export interface Mutant {
  readonly label: string;
  /** From the repository root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The test file that must see it. */
  readonly test: string;
  /** Regular expression on full test names: as few tests as see it. */
  readonly filter: string;
}

const RULES = 'test/contract/rules.test.ts';
const LENGTHS = 'test/contract/lengths.test.ts';
const GATES = 'test/contract/gates.test.ts';

/** Where a fault must be seen. */
export type Sight = Pick<Mutant, 'test' | 'filter'>;

/** The float64 oracle of a rule under a kind of decay: outputs, state and gradients in every form. */
export function oracle(rule: string, decay = 'head', engine = 'eager'): Sight {
  const filter = `^rule ${rule} with decay ${decay} on '?${engine}'? equals the oracle in every form at T = 7`;
  return { test: RULES, filter };
}

/** The same where documents change. */
export function oracleOfDocuments(rule: string, decay = 'head'): Sight {
  return {
    test: RULES,
    filter: `^rule ${rule} with decay ${decay} on '?eager'? equals the oracle where documents change`,
  };
}

/** The same with the parameters at their ends. */
export function oracleOfParams(rule: string): Sight {
  return contract(rule, 'equals the oracle with its parameters at');
}

/** A contract test of a rule, by the start of its name. */
export function contract(rule: string, name: string): Sight {
  return { test: RULES, filter: `^rule ${rule} ${name}` };
}

/** One of `checkRule`'s checks of a rule. */
export function check(rule: string, name: string): Sight {
  return contract(rule, `on '?eager'? keeps the contract: ${name}`);
}

/** A contract test of a rule over many tokens, without a decay or with one per head. */
export function lengths(rule: string, name: string): Sight {
  return { test: LENGTHS, filter: `^rule ${rule} over many tokens (?:with decay (?:none|head) )?${name}` };
}

/** A contract test of a gate. */
export function gateContract(gate: string, name: string): Sight {
  return { test: GATES, filter: `^gate ${gate} ${name}` };
}

/** A test of the scans. */
export function scans(name: string): Sight {
  return { test: 'test/chunks/scan.test.ts', filter: `^${name}` };
}

/** Several queries per memory against a memory per query; `rule` as the test names it. */
export function sharedQueries(rule: string): Sight {
  return {
    test: 'test/rules/run/sharedQueries.test.ts',
    filter: `several queries per memory on '?eager'? equal a memory per query: ${rule}`,
  };
}

/** Mutants of one file. */
export function inFile(
  file: string,
  mutants: readonly (readonly [label: string, find: string, replace: string, sight: Sight])[],
): readonly Mutant[] {
  return mutants.map(([label, find, replace, sight]) => ({ label, file, find, replace, ...sight }));
}
