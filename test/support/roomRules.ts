import type { ImportFact, SourceFacts, UseFact } from './sourceFacts.js';

/** What a room may import: whole rooms, `types:` for their types alone, and packages of the registry. */
interface RoomRule {
  readonly rooms: readonly string[];
  /** Rooms of which only types may be named. */
  readonly types?: readonly string[];
}

/** The top folders that are rooms. */
export const ROOM_FOLDERS = [
  'src',
  'data',
  'train',
  'eval',
  'experiments',
  'api',
  'report',
  'export',
  'web',
  'play',
  'cli',
  'bench',
] as const;

const LIBRARY = [
  'src/core',
  'src/ops',
  'src/engine',
  'src/chunks',
  'src/rules',
  'src/gates',
  'src/mixers',
  'src/layers',
  'src/model',
  'src/optim',
  'src/checkpoint',
  'src/verify',
  'src/index',
  'src/project',
];

/** The table of the design: every room and the rooms it may import beside itself. */
export const ROOMS: Readonly<Record<string, RoomRule>> = {
  'src/core': { rooms: [] },
  'src/ops': { rooms: ['src/core'] },
  'src/engine': { rooms: ['src/core', 'src/ops'] },
  'src/chunks': { rooms: ['src/core', 'src/ops', 'src/engine'], types: ['src/rules'] },
  'src/rules': { rooms: ['src/core', 'src/ops', 'src/engine', 'src/chunks'] },
  'src/gates': { rooms: ['src/core'], types: ['src/rules'] },
  'src/mixers': { rooms: ['src/core', 'src/ops', 'src/rules', 'src/gates'] },
  'src/layers': { rooms: ['src/core', 'src/ops', 'src/mixers'], types: ['src/rules'] },
  'src/model': {
    rooms: ['src/core', 'src/ops', 'src/mixers', 'src/layers', 'src/rules', 'src/gates'],
    types: ['src/engine'],
  },
  'src/optim': { rooms: ['src/core'] },
  'src/checkpoint': { rooms: ['src/core'] },
  'src/verify': {
    rooms: [
      ...['src/core', 'src/engine', 'src/rules', 'src/gates', 'src/chunks', 'src/ops'],
      ...['src/mixers', 'src/optim'],
    ],
  },
  'src/project': {
    rooms: ['src/core'],
    types: ['src/rules', 'src/gates', 'src/mixers', 'src/optim', 'data', 'train', 'eval'],
  },
  'src/index': { rooms: [...LIBRARY, 'src/project'] },
  data: { rooms: ['src/core'] },
  train: { rooms: [...LIBRARY, 'data'] },
  eval: { rooms: [...LIBRARY, 'data'] },
  experiments: { rooms: [...LIBRARY, 'data', 'train', 'eval'] },
  report: { rooms: [...LIBRARY, 'data', 'eval', 'experiments'] },
  web: { rooms: ['src/core', 'src/checkpoint', 'src/model', 'data'] },
  play: { rooms: ['src/core', 'src/model', 'web'], types: ['eval'] },
  export: { rooms: [...LIBRARY, 'data', 'train', 'eval'], types: ['web'] },
  api: { rooms: [...LIBRARY, 'data', 'train', 'eval', 'experiments', 'report'] },
  cli: {
    rooms: [
      ...LIBRARY,
      ...['data', 'train', 'eval', 'experiments', 'report', 'api', 'export', 'web', 'bench'],
    ],
  },
  bench: { rooms: [...LIBRARY, 'data', 'train', 'eval', 'report'] },
};

/** Files that may do what their room may not, and why. */
interface Exception {
  readonly file: RegExp;
  readonly reason: string;
}

interface UseRule {
  readonly what: string;
  readonly name: RegExp;
  readonly where: RegExp;
  readonly except?: Exception;
}

const USE_RULES: readonly UseRule[] = [
  {
    what: 'unseeded randomness',
    name: /^Math\.random$/,
    where: /^(src|data|train|eval|experiments|report|api|export|bench)\//,
  },
  {
    what: 'the clock',
    name: /^(Date\.now|performance\.now|new Date)$/,
    where: /^(src|data|eval|experiments|report|export|train\/updater)/,
    except: {
      file: /^(src\/engine\/|experiments\/grid\/worker\.ts$)/,
      reason: 'Engine.compileSeconds is a measurement; a worker process has a clock of its own',
    },
  },
  {
    what: 'the console',
    name: /^console(\..+)?$/,
    where: /^(src|data|train|eval|experiments|report|api|export)\//,
  },
  {
    what: 'argv, the environment, exit codes or standard streams',
    name: /^process\.(argv|env|exit|exitCode|stdout|stderr|stdin|on|once)$/,
    where: /^(src|data|train|eval|experiments|report|api|export)\//,
    except: {
      file: /^(src\/engine\/(backends|graph\/(session|telemetryOff))|experiments\/grid\/(worker|workerPool|stopSignals))\.ts$/,
      reason:
        'ONNX Runtime, TensorFlow and the libraries of NVIDIA take some switches from the environment alone, in a library too; a worker is a process of its own, hears the same signals as the command line and ends with the process that started it',
    },
  },
  { what: 'require', name: /^require$/, where: /./ },
  {
    what: 'the network',
    name: /^fetch$/,
    where: /^(src|data|train|eval|experiments|report|export|cli|bench)\//,
    except: { file: /^data\/text\/download\//, reason: 'the TinyStories downloader' },
  },
];

/** The room of a file: a sub-folder of src, or a top folder. */
export function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? `src/${second.replace(/\.ts$/, '')}` : top;
}

function at(fact: ImportFact | UseFact): string {
  return `${fact.file}:${fact.line}`;
}

function checkRoomImport(fact: ImportFact): string[] {
  if (fact.target === undefined) return [];
  const [from, to] = [roomOf(fact.file), roomOf(fact.target)];
  if (from === to) return [];
  const rule = ROOMS[from];
  if (!rule) return [`${at(fact)}: '${from}' is not a room of the table`];
  if (rule.rooms.includes(to) || (fact.typeOnly && rule.types?.includes(to))) return [];
  const form = rule.types?.includes(to) ? ' other than types' : '';
  return [`${at(fact)}: ${from} may not import ${to}${form} ('${fact.specifier}')`];
}

function checkTensorFlow(fact: ImportFact): string[] {
  if (!fact.specifier.startsWith('@tensorflow/') || fact.file === 'src/core/tf.ts') return [];
  const backend = fact.file.startsWith('src/engine/') && fact.dynamic;
  if (backend && fact.specifier !== '@tensorflow/tfjs') return [];
  return [`${at(fact)}: '${fact.specifier}' may be imported only by src/core/tf.ts; import that file`];
}

/** ONNX Runtime sends telemetry unless one file is loaded before it; only types may be had without it. */
function checkOnnxRuntime(fact: ImportFact): string[] {
  if (!fact.specifier.startsWith('onnxruntime-') || fact.typeOnly) return [];
  if (fact.file === 'src/engine/graph/onnxRuntime.ts') return [];
  return [
    `${at(fact)}: '${fact.specifier}' may be imported only by src/engine/graph/onnxRuntime.ts; import that file`,
  ];
}

const DISK = /^(node:)?fs(\/promises)?$/;
const NETWORK = /^(node:)?(https?|http2|net|tls|dgram|dns)(\/promises)?$/;

function checkPlatform(fact: ImportFact): string[] {
  const mayUseDisk = ['src/checkpoint/store', 'src/core/atomicFile.ts', 'src/core/wholeFile.ts'].some(
    (path) => fact.file.startsWith(path),
  );
  if (DISK.test(fact.specifier) && fact.file.startsWith('src/') && !mayUseDisk) {
    return [
      `${at(fact)}: src touches the disk only in src/checkpoint/store, core/atomicFile and core/wholeFile, not by '${fact.specifier}' here`,
    ];
  }
  const mayUseNetwork = /^(data\/text\/download\/|cli\/verbs\/(serve|play)\/|cli\/http\.ts$)/.test(fact.file);
  if (NETWORK.test(fact.specifier) && !mayUseNetwork) {
    return [
      `${at(fact)}: only data/download, cli/http and the verbs with a server may use the network, not '${fact.specifier}' here`,
    ];
  }
  return [];
}

function checkUse(fact: UseFact): string[] {
  return USE_RULES.filter(
    (rule) => rule.where.test(fact.file) && rule.name.test(fact.name) && !rule.except?.file.test(fact.file),
  ).map((rule) => `${at(fact)}: ${roomOf(fact.file)} may not use ${rule.what} (${fact.name})`);
}

/** A computed import could reach anything; only optional backends and plug-ins of a user's own need one. */
function checkComputed(fact: ImportFact): string[] {
  if (
    fact.specifier !== '<computed>' ||
    /^(src\/engine\/backends\.ts$|cli\/plugIns\/load\.ts$)/.test(fact.file)
  )
    return [];
  return [`${at(fact)}: expected the name of what is imported as plain text`];
}

/** Room-level edges `a -> b` that values flow along; type imports leave no trace at run time. */
function roomGraph(imports: readonly ImportFact[]): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { file, target, typeOnly } of imports) {
    if (target === undefined || typeOnly || roomOf(file) === roomOf(target)) continue;
    const edges = graph.get(roomOf(file)) ?? new Set<string>();
    graph.set(roomOf(file), edges.add(roomOf(target)));
  }
  return graph;
}

/** The first cycle of the graph as a list of nodes, or none. */
function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = walk(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** File-level edges of the static imports, for cycles inside a room: those of values, or of types too. */
export function fileGraph(imports: readonly ImportFact[], types = false): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { file, target, typeOnly, dynamic } of imports) {
    if (target === undefined || (typeOnly && !types) || dynamic) continue;
    graph.set(file, (graph.get(file) ?? new Set<string>()).add(target));
  }
  return graph;
}

/** Every breach of the table, one line each; empty when the rooms are kept. */
export function roomFaults(facts: SourceFacts): string[] {
  const rooms = findCycle(roomGraph(facts.imports));
  const files = findCycle(fileGraph(facts.imports, true));
  return [
    ...facts.imports.flatMap((fact) => [
      ...checkRoomImport(fact),
      ...checkTensorFlow(fact),
      ...checkOnnxRuntime(fact),
      ...checkPlatform(fact),
      ...checkComputed(fact),
    ]),
    ...facts.uses.flatMap(checkUse),
    ...(rooms ? [`rooms import each other in a circle: ${rooms.join(' -> ')}`] : []),
    ...(files ? [`files import each other in a circle: ${files.join(' -> ')}`] : []),
  ];
}
