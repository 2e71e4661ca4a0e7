import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRunFlags, configRequest, type RunFlags } from '../../cli/options.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import { resolveTaskConfig } from '../../train/tasks/resolveTaskConfig.js';

const meaningful = [
  ...Array.from(' #:!&*|>-[]{}"\'%@`,?\\\n\t~=.01e_'),
  ...['null', 'true', 'no', '~', '# ', ': ', '- ', '<<', 'é', '😀'],
];
const texts = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...meaningful) }),
  fc.string({ minLength: 1, unit: 'binary' }),
);
/** A text in quotation marks stands for what is in them, as the help of `--set` says. */
const isQuoted = (text: string): boolean => /^\s*(["'])[^]*\1\s*$/.test(text);
const output = { note: () => undefined };

/** The config of these words of a command line. */
async function typed(...words: readonly string[]) {
  const command = addRunFlags(new Command()).exitOverride();
  command.parse(words, { from: 'user' });
  return resolveConfig(await configRequest(command.opts<RunFlags>(), output));
}

describe('what was typed arrives', () => {
  it.each([
    ['--data', 'data', 'source'],
    ['--text-column', 'data', 'textColumn'],
  ] as const)('as the value of %s, beside it or behind =', async (flag, group, name) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect((await typed(flag, text))[group]).toMatchObject({ [name]: text });
        expect((await typed(`${flag}=${text}`))[group]).toMatchObject({ [name]: text });
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('as the run folder', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect((await typed('--out', text)).out).toBe(text);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('as the text of --set', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        fc.pre(!isQuoted(text));
        const { sample, data } = await typed(
          '--set',
          `sample.prompt=${text}`,
          '--set',
          `data.source=${text}`,
        );
        expect([sample.prompt, data.source]).toEqual([text, text]);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('as a text of a task, or as a message that shows it', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        fc.pre(!isQuoted(text));
        const given = resolveTaskConfig({ task: 'induction', sets: [`model.rule=${text}`] });
        await expect(given).rejects.toThrow(`got '${text}'`);
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});
