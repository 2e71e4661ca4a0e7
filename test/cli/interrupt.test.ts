import { performance } from 'node:perf_hooks';
import { afterEach, expect, it, vi } from 'vitest';
import { explain } from '../../cli/failure.js';
import { exitAfter, withInterrupt } from '../../cli/interrupt.js';
import type { Output } from '../../cli/output.js';

const notes: string[] = [];
// The cast: notes are all that an interrupt says.
const output = { note: (text: string) => notes.push(text) } as unknown as Output;

/** Calls the listener that came last, as the signal would. */
const interrupt = (): void => process.listeners('SIGTERM').at(-1)?.('SIGTERM');

const before = process.listeners('SIGTERM');
afterEach(() => {
  // What has heard a request listens on to the end of its process.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    for (const listener of process.listeners(name))
      if (!before.includes(listener)) process.off(name, listener);
  }
  vi.restoreAllMocks();
  notes.length = 0;
});

const wait = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    interrupt();
  });

const STOPPED = { code: 'INTERRUPTED', exitCode: 130 };

it('a body that gives up is an interruption with what stays', async () => {
  const given = await withInterrupt(output, 'stopping', wait, 'a part is kept').catch(explain);
  expect(given).toEqual({ ...STOPPED, message: 'stopped by SIGTERM: a part is kept' });
  expect(notes).toEqual(['\nSIGTERM: stopping']);
});

it('an AbortError of the platform is the same interruption', async () => {
  const body = async (): Promise<never> => {
    interrupt();
    throw new DOMException('The operation was aborted', 'AbortError');
  };
  const given = await withInterrupt(output, 'stopping', body).catch(explain);
  expect(given).toEqual({ ...STOPPED, message: 'stopped by SIGTERM' });
});

it('a fault that comes after the signal stays that fault', async () => {
  const body = async (): Promise<never> => {
    interrupt();
    throw new TypeError('a fault');
  };
  await expect(withInterrupt(output, 'stopping', body)).rejects.toThrow(TypeError);
});

it('a body that ends in its own time gives its exit code', async () => {
  const body = async (signal: AbortSignal): Promise<number> => {
    interrupt();
    return exitAfter(signal);
  };
  expect(await withInterrupt(output, 'stopping', body)).toBe(130);
  expect(await withInterrupt(output, 'stopping', async (signal) => exitAfter(signal))).toBe(0);
});

it('listens no longer when nothing came', async () => {
  await withInterrupt(output, 'stopping', async () => undefined);
  expect(process.listeners('SIGTERM')).toEqual(before);
});

it('signals within half a second are one request, whatever their names; a later one ends the process', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
  await withInterrupt(output, 'stopping', async () => {
    const stop = process.listeners('SIGINT').at(-1);
    stop?.('SIGINT');
    clock.mockReturnValue(1001);
    stop?.('SIGINT');
    stop?.('SIGHUP');
    clock.mockReturnValue(1499);
    stop?.('SIGTERM');
    expect(exit).not.toHaveBeenCalled();
    clock.mockReturnValue(1600);
    stop?.('SIGTERM');
  });
  expect(exit.mock.calls).toEqual([[130]]);
  expect(notes[0]).toBe('\nSIGINT: stopping; press Ctrl-C again to stop immediately');
});

it('a signal after the reader has gone is the first', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  const code = await withInterrupt(output, 'stopping', async (signal) => {
    process.stdout.listeners('error').at(-1)?.(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    interrupt();
    return exitAfter(signal);
  });
  expect([code, exit.mock.calls]).toEqual([0, []]);
});
