import { gateContract, inFile, type Mutant } from './mutant.js';

const fixed = (name: string): { test: string; filter: string } => ({
  test: 'test/gates/fixed.test.ts',
  filter: `^gate fixed ${name}`,
});

/** Faults in the decay gates. */
export const gateMutants: readonly Mutant[] = [
  ...inFile('src/gates/softplusDecay.ts', [
    [
      'growth instead of decay',
      'tf.mul(tf.softplus(tf.add(projected, bias)), tf.neg(tf.exp(rate)))',
      'tf.mul(tf.softplus(tf.add(projected, bias)), tf.exp(rate))',
      gateContract('scalar', 'gives log decays of at most 0'),
    ],
    [
      'gradient of A_log stopped',
      'tf.exp(rate)',
      'tf.exp(tf.tensor(rate.dataSync(), rate.shape))',
      gateContract('scalar', "has the gradient .* on '?eager'?"),
    ],
    [
      'step without its softplus',
      'tf.softplus(tf.add(projected, bias))',
      'tf.add(projected, bias)',
      { test: 'test/gates/scalar.test.ts', filter: '^gate scalar decays by' },
    ],
    [
      'a fixed rate of 1',
      'Math.log(fixedRate)',
      '0',
      { test: 'test/gates/channel.test.ts', filter: '^gate channel of low rank' },
    ],
    [
      'rates that are not drawn',
      'Math.log(maxRate * (1 - rng.uniform()))',
      'Math.log(maxRate)',
      { test: 'test/gates/scalar.test.ts', filter: '^gate scalar starts with rates' },
    ],
  ]),
  ...inFile('src/gates/scalar.ts', [
    [
      'asks for 2 columns',
      'columns: () => 1,',
      'columns: () => 2,',
      gateContract('scalar', 'asks for 0, 1 or K'),
    ],
  ]),
  ...inFile('src/gates/channel.ts', [
    [
      'asks for 2 columns',
      'columns: ({ K }, params) => rankOf(params) || K',
      'columns: () => 2',
      gateContract('channel', 'asks for 0, 1 or K'),
    ],
    [
      'one decay for all channels',
      'a, rate, gateWeight(',
      'tf.mean(a, 3), tf.squeeze(rate, [3]), gateWeight(',
      gateContract('channel', 'gives log decays of at most 0'),
    ],
    [
      'columns of a low rank by channel, not by head',
      '[0, 2, 1, 3]);\n  const product',
      '[0, 2, 3, 1]);\n  const product',
      { test: 'test/gates/channel.test.ts', filter: 'rank 2' },
    ],
  ]),
  ...inFile('src/gates/fixed.ts', [
    ['no square root', '0.5 * Math.log(tau', 'Math.log(tau', fixed('spaces reaches')],
    ['RetNet one head on', '2 ** (-5 - head)', '2 ** (-4 - head)', fixed('has the presets')],
    ['TransNormerLLM upside down', '(1 - layer / layers)', '(layer / layers)', fixed('has the presets')],
    ['default out of range', 'default: 1024', 'default: 1e7', gateContract('fixed', 'is documented')],
    [
      'asks for 3 columns',
      'columns: () => 0,',
      'columns: () => 3,',
      gateContract('fixed', 'asks for 0, 1 or K'),
    ],
  ]),
];
