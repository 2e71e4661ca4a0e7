import { describe, expect, it } from 'vitest';
import { explain } from '../../cli/failure.js';
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

  it('says what to do about a full disk', () => {
    const error = Object.assign(new Error('x'), { code: 'ENOSPC', syscall: 'write', path: '/full/log' });
    expect(explain(error)).toEqual({
      code: 'ENOSPC',
      message: '/full/log: expected write to work, got ENOSPC; free some space or name another disk',
      exitCode: 3,
    });
  });

  it('takes what is no error as it is', () => {
    expect(explain('text')).toEqual({ code: 'UNEXPECTED', message: 'text', exitCode: 1 });
  });
});
