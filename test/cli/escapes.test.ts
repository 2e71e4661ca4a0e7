import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOutput, createStatusLine } from '../../cli/output.js';
import { csvTable, markdownTable, markdownText, table } from '../../report/table.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlovHere } from '../support/pavlov.js';

const folder = temporaryFolder();
const EVIL = '\u001b]0;owned\u0007\u009b2J';

describe('what comes from elsewhere drives no terminal', () => {
  const written = (name: string, text: string): string => {
    const path = join(mkdtempSync(join(folder, 'x')), name);
    writeFileSync(path, text);
    return path;
  };

  it.each([
    ['a verb', [`fly${EVIL}`]],
    ['an option', ['config', `--${EVIL}`]],
    ['an argument', ['data', 'info', EVIL]],
    ['a setting', ['config', '--set', `model.rule=${EVIL}`]],
    ['a key of a setting', ['config', '--set', `${EVIL}=1`]],
    ['a folder', ['generate', EVIL]],
    ['a field of data', ['data', 'info', written('a.jsonl', JSON.stringify({ [EVIL]: 1 }))]],
    ['a line of data', ['data', 'info', written('b.jsonl', `{"text": ${EVIL}}`)]],
    ['a key of a config', ['config', '--config', written('c.yaml', `${JSON.stringify(EVIL)}: 1\n`)]],
  ])('as %s', async (_, args) => {
    const { code, stdout, stderr } = await pavlovHere(args);
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/owned/);
    expect(`${stdout}${stderr}`).not.toMatch(/(?![\n\t])\p{Cc}/u);
  });

  it('as a line, a note, a piece of text or the state of work', () => {
    let text = '';
    const stream = { isTTY: true, columns: 80, write: (part: string) => (text += part) };
    const output = createOutput(false, { stdout: stream, stderr: stream });
    output.line(EVIL);
    output.note(EVIL);
    output.write(EVIL);
    createStatusLine(output).show(EVIL);
    expect(text.replace('\r\u001b[K', '')).not.toMatch(/(?![\n\t])\p{Cc}/u);
  });

  it('but a pipe gets the text of a model as it is', () => {
    let text = '';
    const stream = { isTTY: false, columns: 80, write: (part: string) => (text += part) };
    createOutput(false, { stdout: stream, stderr: stream }).write(EVIL);
    expect(text).toBe(EVIL);
  });
});

describe('what comes from elsewhere is text in a report', () => {
  it('and no link, picture or tag in Markdown', () => {
    const text = '![a](http://x) [b](javascript:c) [d][e] <img src=x> [0.1, 0.2]\u001b';
    expect(markdownText(text)).toBe(
      '![a]\\(http://x) [b]\\(javascript:c) [d]\\[e] \\<img src=x> [0.1, 0.2]␛',
    );
    expect(markdownTable(table('', ['a'], [['[b](c)|d']]))).toContain('| [b]\\(c)\\|d |');
  });

  it('and no formula in CSV', () => {
    const texts = ['=HYPERLINK("x")', '+1+1', '-2+3', '@SUM(A1)', '-0.5', 'a=b', '\u001bx'];
    const csv = csvTable(
      table(
        '',
        ['=head', 'number'],
        texts.map((text) => [text, -1]),
      ),
    );
    expect(csv.split('\n')).toEqual([
      "'=head,number",
      `"'=HYPERLINK(""x"")",-1`,
      "'+1+1,-1",
      "'-2+3,-1",
      "'@SUM(A1),-1",
      '-0.5,-1',
      'a=b,-1',
      '␛x,-1',
      '',
    ]);
  });
});
