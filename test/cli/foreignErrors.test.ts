import { createRequire } from 'node:module';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explain } from '../../cli/failure.js';
import { foreignErrors } from '../../cli/foreignErrors.js';

/** What really throws, by what threw it. */
const thrown: readonly (readonly [string, number, () => unknown])[] = [
  ['a typed array', 2, () => new Float32Array(1e15)],
  ['an array buffer', 2, () => new ArrayBuffer(2 ** 53)],
  ['an array', 2, () => Array.from<number>({ length: 2 ** 32 })],
  ['a string', 2, () => 'x'.repeat(2 ** 30)],
  ['a buffer', 2, () => Buffer.alloc(2 ** 53)],
  ['an address', 2, () => new URL('nowhere')],
  ['a missing package', 2, () => void createRequire(import.meta.url)('no-such-package')],
  ['an alias of YAML', 2, () => void parse('*a')],
  ['YAML', 2, () => void parse('a: [')],
  ['zod', 3, () => z.number().parse('a')],
  ['JSON', 3, () => void JSON.parse('{')],
  ['fetch', 3, () => fetch('http://127.0.0.1:1')],
  ['text', 3, () => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff))],
];

const made = (name: string, message: string, code?: string): Error =>
  Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });

/** What needs a full disk, a GPU or a broken installation to be thrown, in the words of who throws it. */
const recorded: readonly (readonly [Error, number])[] = [
  [made('Error', 'Non-zero status code returned while running Add node. Failed to allocate memory', ''), 2],
  [made('Error', "Can't create a session. std::bad_alloc"), 2],
  [made('Error', 'Non-zero status code returned while running MatMul node. Name:"x"'), 2],
  [made('Error', 'Failed to load model because protobuf parsing failed.'), 2],
  [made('RangeError', 'index out of range: 4 + 10 > 12'), 2],
  [made('Error', 'WebGPU device lost (2): A valid external Instance reference no longer exists.'), 2],
  [made('GPUOutOfMemoryError', 'Out of memory'), 2],
  [made('Error', 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library'), 2],
  [made('Error', 'libonnxruntime.so.1: cannot open shared object file', 'ERR_DLOPEN_FAILED'), 2],
  [made('Error', 'Worker terminated due to reaching memory limit', 'ERR_WORKER_OUT_OF_MEMORY'), 2],
  [made('Error', 'Cannot create a string longer than 0x1fffffe8 characters', 'ERR_STRING_TOO_LONG'), 3],
  [made('RangeError', 'File size (3000000000) is greater than 2 GiB', 'ERR_FS_FILE_TOO_LARGE'), 3],
  [made('Error', 'parquet unsupported encoding: 9'), 3],
  [made('Error', 'incorrect header check', 'Z_DATA_ERROR'), 3],
  [made('Error', 'getaddrinfo ENOTFOUND example.invalid', 'ENOTFOUND'), 3],
  ...['EMFILE', 'ENFILE', 'ENOSPC', 'EROFS', 'EACCES', 'EISDIR', 'EFBIG', 'EAGAIN'].map(
    (code) => [Object.assign(made('Error', code, code), { syscall: 'open', path: '/x' }), 3] as const,
  ),
  [Object.assign(made('Error', 'spawn E2BIG', 'E2BIG'), { syscall: 'spawn' }), 3],
];

async function errorOf(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}

describe('an error of the system or of a package', () => {
  it.each(thrown)('that %s throws has exit code %d, advice and no stack', async (_, exitCode, run) => {
    const failure = explain(await errorOf(run));
    expect(failure).toMatchObject({ exitCode, message: expect.stringMatching(/^[^\n]+; [^\n]+$/) as string });
  });

  it.each(recorded)('such as %s has exit code %d, advice and no stack', (error, exitCode) => {
    expect(explain(error)).toMatchObject({
      exitCode,
      message: expect.stringMatching(/^[^\n]+; [^\n]+$/) as string,
    });
  });

  it('is tried for every line of the table', async () => {
    const errors = [...recorded.map(([error]) => error)];
    for (const [, , run] of thrown) errors.push((await errorOf(run)) as Error); // errors they are
    const texts = errors.map((error) => explain(error).message);
    for (const { advice } of foreignErrors) {
      expect(
        texts.filter((text) => text.endsWith(advice)),
        advice,
      ).not.toEqual([]);
    }
  });

  it.each([
    new TypeError("Cannot read properties of undefined (reading 'webgpu')"),
    new ReferenceError('parquet is not defined'),
    new RangeError('Maximum call stack size exceeded'),
    new Error('train: the loop ended without its last event'),
  ])('is not taken for one of ours: %s keeps its stack and exit code 1', (error) => {
    expect(explain(error)).toMatchObject({ exitCode: 1, message: error.stack });
  });
});
