import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ROOMS } from '../../test/support/roomRules.js';

/*
 * Writes the table of rooms into docs/architecture.md from test/support/roomRules.ts, keeping what the page says each
 * room is for: `npx tsx scripts/docs/roomsTable.ts`. A test compares, so that the page cannot go stale.
 */

const PAGE = fileURLToPath(new URL('../../docs/architecture.md', import.meta.url));
const HEAD = '| room | purpose | may import | types only |';
const LIBRARY = Object.keys(ROOMS).filter((room) => room.startsWith('src/'));

/** Rooms as words, the whole library as one. */
function listed(rooms: readonly string[]): string {
  const whole = LIBRARY.every((room) => rooms.includes(room));
  const rest = rooms.filter((room) => !whole || !LIBRARY.includes(room));
  return [...(whole ? ['all of `src`'] : []), ...rest.map((room) => `\`${room}\``)].join(', ');
}

function cell(text: string): string {
  return text === '' ? ' ' : ` ${text} `;
}

/** What each room is for, as the page has it. */
function purposes(page: string): ReadonlyMap<string, string> {
  const rows = page.matchAll(/^\| `([^`]+)` \| ([^|]*) \|/gm);
  return new Map(Array.from(rows, ([, room = '', purpose = '']) => [room, purpose]));
}

/**
 * The page with the rooms as they are now.
 *
 * @throws Error when the table is missing, or a room has no purpose.
 */
export function withRooms(page: string): string {
  const from = page.indexOf(HEAD);
  const to = page.indexOf('\n\n', from);
  if (from < 0 || to < 0) throw new Error(`docs/architecture.md: expected a table with the head ${HEAD}`);
  const known = purposes(page);
  const rows = Object.entries(ROOMS).map(([room, { rooms, types = [] }]) => {
    const purpose = known.get(room);
    if (!purpose)
      throw new Error(`docs/architecture.md: expected a row | \`${room}\` | purpose | | |; add it`);
    return `| \`${room}\` | ${purpose} |${cell(listed(rooms))}|${cell(listed(types))}|`;
  });
  return page.slice(0, from) + [HEAD, '|---|---|---|---|', ...rows].join('\n') + page.slice(to);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withRooms(readFileSync(PAGE, 'utf8')));
}
