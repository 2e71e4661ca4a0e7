import { useEffect, useRef } from 'preact/hooks';
import type { PlayStep } from '../../web/index.js';
import { colourOf, cssColour, largest, type Scale } from '../view/colours.js';
import { percent } from '../view/distribution.js';
import type { Part } from '../view/attribution.js';
import { tokenName } from '../view/tokens.js';

interface TokenStripProps {
  readonly steps: readonly PlayStep[];
  /** How many tokens were given. */
  readonly given: number;
  readonly token: number;
  /** What colours the tokens. */
  readonly parts: readonly Part[];
  readonly scale: Scale;
  /** Places whose write is blocked or whose memory was replaced. */
  readonly marked: ReadonlySet<number>;
  readonly onLook: (token: number) => void;
}

/** The text token by token, the chosen one framed, the others coloured by what they have to do with it. */
export function TokenStrip({ steps, given, token, parts, scale, marked, onLook }: TokenStripProps) {
  const chosen = useRef<HTMLButtonElement>(null);
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (strip.current?.contains(document.activeElement)) chosen.current?.focus();
    const [box, own] = [strip.current, chosen.current];
    if (box && own) box.scrollTop = Math.max(0, own.offsetTop - box.offsetTop - box.clientHeight / 2);
  }, [token]);
  const shares = new Map(parts.map(({ place, share }) => [place, share]));
  const limit = largest(shares.values());
  return (
    <div
      ref={strip}
      class="tokens"
      role="listbox"
      aria-label="Tokens of the text"
      aria-orientation="horizontal"
    >
      {steps.map(({ id, piece }, place) => {
        const share = shares.get(place);
        const colour = share === undefined ? undefined : cssColour(colourOf(share, limit, scale));
        const said = share === undefined ? '' : `, share ${percent(share)}`;
        return (
          <button
            key={place}
            ref={place === token ? chosen : null}
            type="button"
            role="option"
            aria-selected={place === token}
            tabIndex={place === token ? 0 : -1}
            class={`token ${piece === '' ? 'start' : ''} ${place < given ? 'given' : ''} ${marked.has(place) ? 'marked' : ''}`}
            style={{ background: colour }}
            data-id={id}
            title={`token ${place}${said}`}
            onClick={() => onLook(place)}
          >
            {piece === '' || piece.trim() === '' ? tokenName(piece) : piece}
          </button>
        );
      })}
    </div>
  );
}
