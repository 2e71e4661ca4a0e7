import type { ErrorCode } from '../../src/core/errors.js';
import type { PlugInKind, Registry } from '../../src/core/registry.js';
import type { ResultChecks } from './guard.js';

/** What the command line knows of a kind of plug-in. */
interface Kind {
  /** Its word in flags and in `pavlov.config.ts`, where there are several. */
  readonly flag: string;
  readonly many: string;
  readonly registry: () => Promise<Registry<{ readonly name: string }>>;
  readonly results: () => Promise<ResultChecks>;
  /** Errors that its contract lets it throw. */
  readonly passes?: readonly ErrorCode[];
}

const results = async () => import('./results.js');

/** Every kind of plug-in. A new one is its registry, what its functions may give, and its line here. */
export const kinds: Readonly<Record<PlugInKind, Kind>> = {
  rule: {
    flag: 'rule',
    many: 'rules',
    registry: async () => (await import('../../src/rules/registry.js')).ruleRegistry,
    results: async () => (await results()).ruleResults,
  },
  gate: {
    flag: 'gate',
    many: 'gates',
    registry: async () => (await import('../../src/gates/registry.js')).gateRegistry,
    results: async () => (await results()).gateResults,
  },
  mixer: {
    flag: 'mixer',
    many: 'mixers',
    registry: async () => (await import('../../src/mixers/registry.js')).mixerRegistry,
    results: async () => (await results()).mixerResults,
  },
  'feature map': {
    flag: 'feature-map',
    many: 'featureMaps',
    registry: async () => (await import('../../src/mixers/featureMaps/registry.js')).featureMapRegistry,
    results: async () => (await results()).featureMapResults,
  },
  optimizer: {
    flag: 'optimizer',
    many: 'optimizers',
    registry: async () => (await import('../../src/optim/registry.js')).optimizerRegistry,
    results: async () => (await results()).optimizerResults,
  },
  task: {
    flag: 'task',
    many: 'tasks',
    registry: async () => (await import('../../data/tasks/registry.js')).taskRegistry,
    results: async () => (await results()).taskResults,
  },
  probe: {
    flag: 'probes',
    many: 'probes',
    registry: async () => (await import('../../eval/probes/registry.js')).probeRegistry,
    results: async () => (await results()).probeResults,
    passes: ['DATA', 'NON_FINITE'],
  },
};
