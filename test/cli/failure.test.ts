import { describe, expect, it } from 'vitest';
import { explain, reportAdvice } from '../../cli/failure.js';
import { ownPackage } from '../../src/core/ownPackage.js';
import { writeError } from '../../data/text/encode/atomicFile.js';
import { diskFault } from '../../src/checkpoint/diskFault.js';
import {
  CheckpointError,
  ConfigError,
  DataError,
  EngineError,
  NonFiniteError,
  type PavlovError,
  ShapeError,
  TraceError,
} from '../../src/core/errors.js';

describe('explain', () => {
  const known: readonly (readonly [PavlovError, number])[] = [
    [new ConfigError('a'), 2],
    [new ShapeError('a'), 2],
    [new EngineError('a'), 2],
    [new DataError('a'), 3],
    [new CheckpointError('a'), 3],
    [new NonFiniteError('a'), 4],
    [new TraceError('a'), 1],
  ];

  it.each(known)('gives %s its exit code and message', (error, exitCode) => {
    expect(explain(error)).toEqual({ code: error.code, message: 'a', exitCode });
  });

  it('shows the stack of what nobody expected', () => {
    const { code, message, exitCode } = explain(new TypeError('undefined is not a function'));
    expect([code, exitCode]).toEqual(['UNEXPECTED', 1]);
    expect(message).toMatch(/^TypeError: undefined is not a function\n {4}at .*failure\.test\.ts/);
  });

  it.each([
    ['ENOSPC', 'the disk is full; free some space'],
    ['EFBIG', 'the file is larger than allowed; raise the limit on file sizes'],
    ['EMFILE', 'too many files are open; raise the limit on open files'],
    ['EIO', 'the disk failed; check it'],
  ])('says what to do about %s, as a checkpoint and the data do', (code, help) => {
    const error = Object.assign(new Error('x'), { code, syscall: 'write', path: '/full/log' });
    expect(explain(error)).toEqual({
      code,
      message: `/full/log: write failed with ${code}; ${help}`,
      exitCode: 3,
    });
    expect(explain(diskFault('run', 'save it', error)).message).toBe(
      `run: expected to save it, got ${code}; ${help}`,
    );
    expect(writeError('/full', error).message).toBe(
      `/full: expected to write the file, got ${code}; ${help}`,
    );
  });

  it('shows the stack of a code of the system that is no refusal of a file', () => {
    const error = Object.assign(new Error('x'), { code: 'constructor', syscall: 'write' });
    expect(explain(error).exitCode).toBe(1);
  });

  it('takes what is no error as it is', () => {
    expect(explain('text')).toEqual({ code: 'UNEXPECTED', message: 'text', exitCode: 1 });
  });
});

describe('reportAdvice', () => {
  it('gives the address of package.json', () => {
    const { bugs, version } = ownPackage();
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(bugs.url).toMatch(/^https:\/\//);
    expect(reportAdvice()).toBe(`pavlov: internal error; please report it at ${bugs.url}`);
  });
});
