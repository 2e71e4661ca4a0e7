// Loads rule files as the command line does, outside the test runner, whose imports are its own.
import { mkdir, writeFile } from 'node:fs/promises';
import nodeModule, { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { loadPlugIn } from '../../../cli/plugIns/load.js';
import { tf } from '../../../src/core/tf.js';
import { rules } from '../../../src/rules/registry.js';

const RULE = `import { rules, tf, type LearningRule } from 'pavlov-lm';
import { title } from './parts/title.ts';
import { tokenizers } from 'pavlov-lm/data';
enumless();
function enumless(this: void): void { if (!tokenizers) throw new Error('no tokenizers'); }
const base = rules.delta as LearningRule;
export const same: unknown = { tf, rules };
export default { ...base, name: 'mine', title } satisfies LearningRule;
`;

const files: Readonly<Record<string, string>> = {
  'mine.ts': RULE,
  'parts/title.ts': "export const title: string = 'A rule of mine';\n",
  'plain.js': "import { rules } from 'pavlov-lm';\nexport default { ...rules.delta, name: 'plain' };\n",
  'enum.ts': 'enum Kind { A }\nexport default Kind;\n',
  'broken.ts': 'export default {\n  name: = 3 };\n',
  'throws.mjs': "throw new TypeError('not today');\n",
  'none.ts': 'export const rule = 1;\n',
  'taken.js': "import { rules } from 'pavlov-lm';\nexport default { ...rules.delta };\n",
  'faults.ts':
    "import { rules } from 'pavlov-lm';\nexport default { ...rules.delta, name: 'faults', step: 1, extra: 2 };\n",
  'throws-later.ts':
    "import { rules } from 'pavlov-lm';\nexport default {\n  ...rules.delta,\n  name: 'later',\n  step: () => fail(),\n};\nfunction fail(): never {\n  throw new Error('no');\n}\n",
  'other.py': 'rule = 1\n',
};

const [folder = '.'] = process.argv.slice(2);
await mkdir(join(folder, 'parts'), { recursive: true });
for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
process.chdir(folder);

const outcomes: Record<string, unknown> = {};
const attempt = async (label: string, path: string, sha256?: string): Promise<void> => {
  outcomes[label] = await loadPlugIn('rule', path, sha256 === undefined ? {} : { sha256 }).catch(
    (error: unknown) => String(error),
  );
};

/** Runs as on Node 20.0 to 20.5, which have no `module.register`. */
async function withoutRegister(run: () => Promise<void>): Promise<void> {
  const { register } = nodeModule;
  Object.assign(nodeModule, { register: undefined });
  syncBuiltinESMExports();
  await run();
  Object.assign(nodeModule, { register });
  syncBuiltinESMExports();
}

await withoutRegister(async () => attempt('old Node', './plain.js'));

for (const name of ['absent.ts', ...Object.keys(files).filter((file) => !file.includes('/'))]) {
  await attempt(name, `./${name}`);
}
await attempt('again', 'mine.ts');
await attempt('other content', 'mine.ts', '0'.repeat(64));
const zero = tf.zeros([1, 1, 1]);
const before = tf.memory().numTensors;
const state = rules.mine?.initState({ B: 1, H: 1, K: 1, V: 1 }, {});
outcomes.sharesTensors = tf.memory().numTensors - before === Object.keys(state ?? {}).length;
try {
  rules.later?.step({ S: tf.zeros([1, 1, 1, 1]) }, { q: zero, k: zero, v: zero, signals: {} }, {});
} catch (error) {
  outcomes.later = String(error);
}
outcomes.registered = rules.mine?.title;
process.stdout.write(JSON.stringify(outcomes));
