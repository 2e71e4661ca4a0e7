import { ConfigError } from './errors.js';

/** The kinds of plug-ins, parts that a user may add, in the words that messages have for them. */
export const plugInKinds = ['rule', 'gate', 'mixer', 'feature map', 'optimizer', 'task', 'probe'] as const;

export type PlugInKind = (typeof plugInKinds)[number];

/** All parts of a kind by name: those of this project, and those registered since the process began. */
export interface Registry<Part extends { readonly name: string }> {
  readonly kind: PlugInKind;
  readonly table: Readonly<Record<string, Part>>;
  /** Everything that is wrong with the form of a part, each with its field; none when it keeps the contract. */
  readonly issues: (part: unknown) => readonly string[];
  /**
   * Makes a part known by its name for as long as the process lives. The same object again changes nothing.
   *
   * @throws ConfigError with every field that is wrong, or when the name belongs to another part.
   */
  readonly register: (part: unknown) => Part;
}

/** The registry of a kind with the parts of this project in it. */
export function createRegistry<Part extends { readonly name: string }>(
  kind: PlugInKind,
  own: Readonly<Record<string, Part>>,
  issues: (part: unknown) => readonly string[],
): Registry<Part> {
  const table: Record<string, Part> = { ...own };
  const register = (given: unknown): Part => {
    const found = issues(given);
    if (found.length > 0) throw new ConfigError(found.join('\n'));
    const part = given as Part; // by the check before
    const { name } = part;
    if (Object.hasOwn(table, name) && table[name] !== part) {
      throw new ConfigError(`${kind}.name: '${name}' is already registered; choose another name`);
    }
    table[name] = part;
    return part;
  };
  return { kind, table, issues, register };
}
