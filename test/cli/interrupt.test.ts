import { expect, it } from 'vitest';
import { explain } from '../../cli/failure.js';
import { exitAfter, withInterrupt } from '../../cli/interrupt.js';
import type { Output } from '../../cli/output.js';

const notes: string[] = [];
// The cast: notes are all that an interrupt says.
const output = { note: (text: string) => notes.push(text) } as unknown as Output;

/** Calls the listener that came last, as the signal would. */
const interrupt = (): void => process.listeners('SIGTERM').at(-1)?.('SIGTERM');

const wait = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    interrupt();
  });

const STOPPED = { code: 'INTERRUPTED', exitCode: 130 };

it('a body that gives up is an interruption with what stays, and listens no longer', async () => {
  const before = process.listenerCount('SIGTERM');
  const given = await withInterrupt(output, 'stopping', wait, 'a part is kept').catch(explain);
  expect(given).toEqual({ ...STOPPED, message: 'stopped by SIGTERM: a part is kept' });
  expect(notes.splice(0)).toEqual(['\nSIGTERM: stopping']);
  expect(process.listenerCount('SIGTERM')).toBe(before);
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
