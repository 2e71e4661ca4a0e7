import { describe, expect, it } from 'vitest';
import { taskRegistry } from '../../data/tasks/registry.js';
import { probeRegistry } from '../../eval/probes/registry.js';
import { ConfigError } from '../../src/core/errors.js';
import { createRegistry } from '../../src/core/registry.js';
import { gateRegistry } from '../../src/gates/registry.js';
import { featureMapRegistry } from '../../src/mixers/featureMaps/registry.js';
import { mixerRegistry } from '../../src/mixers/registry.js';
import { optimizerRegistry } from '../../src/optim/registry.js';

interface Part {
  readonly name: string;
  readonly size: number;
}

describe('createRegistry', () => {
  const own: Part = { name: 'own', size: 1 };
  const isSized = (part: unknown): readonly string[] =>
    typeof (part as Part).size === 'number' ? [] : ['gate.size: expected a number', 'gate.size: one more'];
  const { table, register } = createRegistry('gate', { own }, isSized);

  it('knows the parts it was made with, and those registered, once', () => {
    const mine = { name: 'mine', size: 2 };
    expect(register(mine)).toBe(mine);
    expect(register(mine)).toBe(mine);
    expect(table).toEqual({ own, mine });
  });

  it('refuses a name that is taken, and tells everything that is wrong with a part', () => {
    expect(() => register({ name: 'own', size: 3 })).toThrow(
      new ConfigError("gate.name: 'own' is already registered; choose another name"),
    );
    expect(() => register({ name: 'other' })).toThrow(
      new ConfigError('gate.size: expected a number\ngate.size: one more'),
    );
    expect(table.own).toBe(own);
    expect(Object.hasOwn(table, 'other')).toBe(false);
  });
});

/** A registry, and for a change to one of its parts what is said of it. */
const kinds: readonly (readonly [
  { readonly kind: string; readonly table: object; readonly issues: (part: unknown) => readonly string[] },
  readonly (readonly [Readonly<Record<string, unknown>>, string])[],
])[] = [
  [
    gateRegistry,
    [
      [{ columns: 1 }, 'gate.columns: expected a function, got 1'],
      [{ logDecays: () => 0 }, 'gate.logDecays: expected one of name | title | equation'],
      [{ params: { rate: { default: 2, range: [0, 1], doc: 'the rate' } } }, 'gate.params.rate.default: '],
    ],
  ],
  [mixerRegistry, [[{ options: { taps: 3 } }, 'mixer.options.taps: expected a schema of zod, got 3']]],
  [featureMapRegistry, [[{ map: undefined }, 'feature map.map: expected a function, got nothing']]],
  [optimizerRegistry, [[{ slots: ['m'] }, 'optimizer.slots: expected a function, got ["m"]']]],
  [
    taskRegistry,
    [
      [{ presets: {} }, 'task.presets.smoke: expected an object, got nothing'],
      [
        { slices: { at: { doc: 'where it is', by: 'ten' } } },
        "task.slices.at.by: expected one of value | octave, got 'ten'",
      ],
      [{ settings: {} }, 'task.presets.smoke: expected no settings, got '],
    ],
  ],
  [probeRegistry, [[{ run: null }, 'probe.run: expected a function, got null']]],
];

describe.each(kinds)('the form of a part', ({ kind, table, issues }, faults) => {
  it(`is kept by every ${kind} of this project`, () => {
    // Names of this project's parts are older than the rule for names.
    const parts = Object.values(table).map((part: object) => ({ ...part, name: 'as-it-is' }));
    expect(parts.flatMap(issues)).toEqual([]);
  });

  it.each(faults)(`of a ${kind} names the field of %j`, (change, message) => {
    const [part] = Object.values(table) as object[];
    expect(issues({ ...part, name: 'mine', ...change })[0]).toContain(message);
  });
});
