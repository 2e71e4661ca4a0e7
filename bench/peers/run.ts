/**
 * Times our models here and in PyTorch, eager and compiled, in turns, from the same weights:
 *
 *   npm run bench:peer -- [--python .cache/peer/bin/python] [--shapes reference,long] [--rules delta,softmax] [--seconds 40]
 *     [--compile-seconds 300] [--set model.chunkSize=64] [--out docs/results/peers.json]
 *
 * The sides take turns, so that a machine that changes its speed changes it for all. Before they are timed, losses and
 * gradient norms of some steps, or logits, are compared: they must be the same model. With `--out` each line is kept
 * as it is found, and lines of an earlier run with the same versions are not measured again.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { markdownTable } from '../../report/table.js';
import { reasonOf } from '../../src/core/text.js';
import { measureCell, NOT_MEASURED, type Line } from './measure.js';
import { cellOf, ruleNames, shapeNames } from './cells.js';
import { peerTable } from './peerTable.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: '.cache/peer/bin/python' },
    shapes: { type: 'string', default: shapeNames.join() },
    rules: { type: 'string', default: ruleNames.join() },
    seconds: { type: 'string', default: '40' },
    'compile-seconds': { type: 'string', default: '300' },
    set: { type: 'string', multiple: true, default: [] },
    threads: { type: 'string', default: String(availableParallelism()) },
    clock: { type: 'string', default: 'clock' },
    out: { type: 'string' },
  },
});

const threads = Number(values.threads);
const clock = values.clock === 'processor' ? 'processor' : 'clock';
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${threads} of ${cpus().length} cores, Node ${process.version}`;

interface Results {
  readonly machine: string;
  readonly lines: readonly Line[];
}

/** What an earlier run found on this machine. */
async function earlier(): Promise<readonly Line[]> {
  if (values.out === undefined || !existsSync(values.out)) return [];
  // The cast: this file writes it.
  const found = JSON.parse(await readFile(values.out, 'utf8')) as Results;
  return found.machine === machine ? found.lines : [];
}

let lines = await earlier();
for (const rule of values.rules.split(',')) {
  for (const shape of values.shapes.split(',')) {
    const cell = await cellOf(shape, rule, values.set);
    const options = {
      python: values.python,
      threads,
      seconds: Number(values.seconds),
      compileSeconds: Number(values['compile-seconds']),
    };
    const known = lines.find(({ name }) => name === cell.name);
    if (known && (known.compiled !== NOT_MEASURED || options.compileSeconds === 0)) continue;
    const line = await measureCell(cell, options).catch((error: unknown) => {
      console.error(`${cell.name}: ${reasonOf(error)}`);
      process.exitCode = 1;
    });
    if (!line) continue;
    lines = [...lines.filter((other) => other !== known), line];
    console.error(JSON.stringify(line));
    if (values.out !== undefined)
      await writeFile(values.out, `${JSON.stringify({ machine, lines }, null, 2)}\n`);
  }
}
console.log(machine);
console.log(markdownTable(peerTable(lines, clock)));
