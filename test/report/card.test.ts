import { describe, expect, it } from 'vitest';
import { cardText } from '../../report/card.js';

describe('a card', () => {
  it('has topics on the left and keeps words within the width, and commands as they are', () => {
    const command = 'npx pavlov generate checkpoints/a-run-with-a-long-name --prompt "Once"';
    const card = cardText(
      [
        { topic: 'loss', text: 'one two three four five six seven eight' },
        { topic: 'next', lines: [command, 'npx pavlov eval x'] },
      ],
      24,
    );
    expect(card).toBe(
      [
        'loss  one two three four',
        '      five six seven',
        '      eight',
        `next  ${command}`,
        '      npx pavlov eval x',
      ].join('\n'),
    );
  });

  it('lets no text drive the terminal', () => {
    expect(cardText([{ topic: 'story', text: 'a\u001b[2Jb' }], 40)).toBe('story  a␛[2Jb');
  });
});
