const delta = ['model.rule=delta', 'model.layers=2', 'model.signalBias=false', 'model.valueSize=12'];
const linear = [
  'model.rule=hebbian',
  'model.layers=2',
  'model.learnedSignals=false',
  'model.valueActivation=false',
  'model.featureMap=identity',
  'model.convolution=0',
];

/** Settings of models that flash-linear-attention has layers for: each type of model there, with its options. */
export const FLA_MODELS: Readonly<Record<string, readonly string[]>> = {
  gated: [...delta, 'model.gate=scalar', 'model.keySize=8'],
  plain: [
    ...delta,
    'model.gate=none',
    'model.featureMap=elu+1',
    'model.ruleParams={maxBeta: 2}',
    'model.outputGate=false',
    'model.convolution=0',
  ],
  'gated by constants': [...delta, 'model.gate=fixed', 'model.gateParams={preset: tnl}'],
  kda: [
    ...delta,
    'model.gate=channel',
    'model.gateParams={rank: 2}',
    'model.outputGate=false',
    'model.heads=3',
  ],
  'kda of full rank': [
    ...delta,
    'model.gate=channel',
    'model.gateParams={fixedRate: 2}',
    'model.outputGate=false',
    'model.heads=1',
    'model.keySize=6',
  ],
  'linear attention': [...linear, 'model.gate=none', 'model.featureMap=elu+1', 'model.outputGate=false'],
  'gla by channel': [...linear, 'model.gate=channel', 'model.gateParams={fixedRate: 0.0625, rank: 2}'],
  'gla by head, convolved': [
    ...linear,
    'model.gate=scalar',
    'model.gateParams={fixedRate: 0.0625}',
    'model.convolution=3',
    'model.valueActivation=true',
    'model.featureMap=silu',
  ],
  'gla by constants': [...linear, 'model.gate=fixed', 'model.outputGate=false'],
  'gla that keeps all': [...linear, 'model.gate=none'],
};
