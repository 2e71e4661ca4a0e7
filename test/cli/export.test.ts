import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/createEngine.js';
import { Decoder } from '../../src/model/decode.js';
import { drawTokens } from '../../src/model/draw.js';
import { Rng } from '../../src/core/rng.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlovHere } from '../support/pavlov.js';
import { saveUntrainedRun, type UntrainedRun } from '../support/untrainedRun.js';

const folder = temporaryFolder();
let run: UntrainedRun;
beforeAll(async () => {
  run = await saveUntrainedRun(join(folder, 'run'));
});

/** The code of a language in a README. */
const codeOf = (out: string, language: string): string =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readFileSync(join(out, 'README.md'), 'utf8'))?.[1] ??
  '';

describe('pavlov export --to onnx', () => {
  const out = join(folder, 'onnx');

  it('writes the graphs and how to use them', async () => {
    const { code, stdout, stderr } = await pavlovHere([
      'export',
      run.path,
      '--to',
      'onnx',
      '--out',
      out,
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const paths = ['decode.onnx', 'prefill.onnx', 'tokenizer.json', 'pavlov.json', 'README.md'];
    const document = JSON.parse(stdout) as { files: { path: string; bytes: number }[] };
    expect(document).toMatchObject({ to: 'onnx', folder: out, checkpoint: run.path });
    expect(document.files.map(({ path }) => path)).toEqual(paths);
    expect(readdirSync(out).sort()).toEqual(paths.toSorted());
    for (const { path, bytes } of document.files) expect(readFileSync(join(out, path))).toHaveLength(bytes);
  });

  it('gives a program in JavaScript that draws what generate draws', async () => {
    const { endOfText } = run.tokenizer;
    const engine = await createEngine({ threads: 1 });
    const decoder = Decoder.create(engine, run.model, 1);
    const wanted: number[] = [];
    const prompt = run.tokenizer.encode('Once upon a time');
    const drawing = {
      context: [endOfText, ...prompt],
      endOfText,
      tokens: 200,
      sampling: { temperature: 0 },
      rng: Rng.fromSeed(0),
    };
    for await (const id of drawTokens(decoder, drawing)) wanted.push(id);
    await decoder.dispose();
    await engine.dispose();

    writeFileSync(join(out, 'draw.mjs'), codeOf(out, 'js'));
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(out, 'node_modules'));
    const printed = execFileSync(process.execPath, ['draw.mjs', ...prompt.map(String)], {
      cwd: out,
      encoding: 'utf8',
    });
    expect(JSON.parse(printed)).toEqual(wanted);
    expect(wanted.length).toBeGreaterThan(10);
  });

  it('does not touch a folder that is there', async () => {
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    const { code, stderr } = await pavlovHere(['export', run.path, '--to', 'onnx', '--out', taken]);
    expect(code).toBe(2);
    expect(stderr).toContain(`--out: '${taken}' already exists; move it away or name another folder`);
    expect(readdirSync(taken)).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('names the forms there are', async () => {
    const absent = join(folder, 'absent');
    const { code, stderr } = await pavlovHere(['export', run.path, '--to', 'onx', '--out', absent]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "--to: expected one of onnx | transformers.js | safetensors | fla | tfjs, got 'onx'; did you mean 'onnx'?",
    );
    expect(existsSync(absent)).toBe(false);
  });
});

describe('pavlov import --from fla', () => {
  it('makes a run folder of an export', async () => {
    const [out, back] = [join(folder, 'fla'), join(folder, 'back')];
    const { path } = await saveUntrainedRun(join(folder, 'delta'), [
      'model.rule=delta',
      'model.signalBias=false',
    ]);
    expect(await pavlovHere(['export', path, '--to', 'fla', '--out', out])).toMatchObject({ code: 0 });
    const { code, stdout } = await pavlovHere(['import', out, '--from', 'fla', '--out', back, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ checkpoint: join(back, 'step-000000') });
    const generated = await pavlovHere(['generate', back, '--tokens', '3', '--temperature', '0']);
    expect(generated.code).toBe(0);
  });
});
