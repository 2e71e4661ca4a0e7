import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { argv } from 'node:process';
import { ROOT } from './site.js';

/*
 * Writes docs/pictures/*.svg: terminals as they look after the commands below, which are really run, one after the other
 * in one empty folder: `npm run build && npx tsx scripts/docs/pictures.ts [names]`. Takes some minutes.
 */

interface Picture {
  readonly name: string;
  /** Typed at the prompt, one a line. */
  readonly commands: readonly string[];
  /** Lines that are shown of the beginning and the end of what each prints; ... stands for the others. */
  readonly first?: number;
  readonly last?: number;
  /** Of the terminal. */
  readonly columns?: number;
}

const PICTURES: readonly Picture[] = [
  {
    name: 'train',
    commands: ['pavlov train --preset start --probes lm,span --out checkpoints/story'],
    first: 3,
    last: 22,
  },
  { name: 'generate', commands: ['pavlov generate checkpoints/story --prompt "Once upon a time" --seed 3'] },
  {
    name: 'recall',
    commands: [
      'pavlov recall --task mqar --preset smoke --rule hebbian,delta,softmax --seeds 2 --out checkpoints/mqar',
    ],
    first: 1,
    last: 16,
    columns: 110,
  },
  {
    name: 'lab',
    commands: ['pavlov lab conditioning --rule hebbian,delta --phenomena blocking,overexpectation'],
    first: 30,
  },
  {
    name: 'check-rule',
    commands: ['pavlov check-rule delta --engine graph'],
    first: 12,
    last: 10,
    columns: 110,
  },
  {
    name: 'compare',
    commands: ['pavlov compare --task induction --rule hebbian,delta --seeds 3 --out checkpoints/induction'],
    first: 1,
    last: 14,
    columns: 110,
  },
];

const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const STYLES: Readonly<Record<number, string>> = {
  1: ' font-weight="bold"',
  2: ' opacity="0.65"',
  3: ' font-style="italic"',
};

/** Lines of a terminal as SVG text with their colours. A style goes on until it ends, over ends of lines too. */
function svgLines(lines: readonly string[]): string[] {
  let style = '';
  const span = (part: string): string => {
    const [, codes] = /^\u001b\[([\d;]*)m$/.exec(part) ?? [];
    if (codes === undefined) return part === '' ? '' : `<tspan${style}>${escaped(part)}</tspan>`;
    const code = Number(codes);
    const colour = COLOURS[code];
    style =
      STYLES[code] === undefined ? (colour === undefined ? '' : ` fill="${colour}"`) : style + STYLES[code];
    return '';
  };
  return lines.map((line) =>
    line
      .split(/(\u001b\[[\d;]*m)/)
      .map(span)
      .join(''),
  );
}

const plain = (line: string): string => line.replaceAll(/\u001b\[[\d;]*m/g, '');

/** A terminal with these lines. `commands` are kept as its description, for those who cannot see it and for tests. */
export function terminalSvg(lines: readonly string[], commands: readonly string[]): string {
  const columns = Math.max(60, ...lines.map((line) => plain(line).length));
  const [width, height] = [Math.ceil(columns * 7.83 + 32), lines.length * 18 + 30];
  const rows = svgLines(lines).map(
    (line, i) => `<text x="16" y="${i * 18 + 30}" xml:space="preserve">${line}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<desc>${escaped(commands.join('\n'))}</desc>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#161b22"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" fill="#e6edf3">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function shown(lines: readonly string[], first: number, last: number): readonly string[] {
  if (lines.length <= first + last + 1) return lines;
  return [...lines.slice(0, first), '\u001b[2m...\u001b[0m', ...(last === 0 ? [] : lines.slice(-last))];
}

/** Lines as they stand in a terminal: what was drawn over is gone, and long ones are broken. */
function linesOf(text: string, columns: number): string[] {
  const drawn = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(/\r|\u001b\[K/).findLast((part) => part !== '') ?? '');
  return drawn.flatMap((line) => {
    const pieces = [''];
    let width = 0;
    for (const [part] of line.matchAll(/\u001b\[[\d;]*m|[^]/gu)) {
      if (part.length < 3 && (width += 1) > columns) {
        pieces.push('');
        width = 1;
      }
      pieces.push(`${pieces.pop() ?? ''}${part}`);
    }
    return pieces;
  });
}

/** What a command prints in a terminal, which the program `script` makes. */
function printed(command: string, folder: string, columns: number): string {
  const bin = join(ROOT, 'node_modules/.bin');
  const typed = `stty cols ${columns}; PATH="${bin}${delimiter}$PATH"; ${command}`;
  const { status, stdout } = spawnSync('script', ['-qec', typed, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command}: exit code ${status}\n${stdout}`);
  return stdout;
}

function screen({ commands, first = 20, last = 0, columns = 84 }: Picture, folder: string): string[] {
  return commands.flatMap((command) => [
    `\u001b[32m$\u001b[0m \u001b[1m${command}\u001b[0m`,
    ...shown(linesOf(printed(command, folder, columns), columns), first, last),
  ]);
}

function main(names: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'pavlov-pictures-'));
  mkdirSync(join(ROOT, 'docs/pictures'), { recursive: true });
  try {
    for (const picture of PICTURES) {
      // The first makes what others show.
      if (names.length > 0 && !names.includes(picture.name) && picture !== PICTURES[0]) continue;
      const lines = screen(picture, folder);
      writeFileSync(join(ROOT, `docs/pictures/${picture.name}.svg`), terminalSvg(lines, picture.commands));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main(argv.slice(2));
