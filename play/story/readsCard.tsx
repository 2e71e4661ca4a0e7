import type { PlayStep, Shares } from '../../web/index.js';
import { Card, Choice } from '../parts/controls.jsx';
import { HeatMap } from '../parts/heatMap.jsx';
import { usePalette } from '../parts/hooks.js';
import { strongest, type Part } from '../view/attribution.js';
import { largest } from '../view/colours.js';
import { percent } from '../view/distribution.js';
import { headName, type HeadPlace } from '../view/memories.js';
import { tokenName } from '../view/tokens.js';

/** Whether the parts are of what a token reads, or of the tokens that read what it wrote. */
export type Direction = 'reads' | 'isRead';

const SHOWN = 6;
const DIRECTIONS = { reads: 'what this token reads', isRead: 'who reads this token' } as const;

/** Every read-out by every write, as one picture. */
function AllReads({
  strengths,
  head,
}: {
  readonly strengths: Shares['strengths'];
  readonly head: HeadPlace;
}) {
  const { cells } = usePalette();
  const rows = strengths[head.head] ?? [];
  const values = Float32Array.from(rows.flatMap((row) => rows.map((_, s) => row[s] ?? 0)));
  return (
    <figure class="all-reads">
      <HeatMap
        values={values}
        columns={rows.length}
        limit={largest(values)}
        scale={cells}
        label={`How strongly each of ${rows.length} tokens reads what each earlier one wrote, ${headName(head)}`}
      />
      <figcaption>All at once: a row for each token that reads, a column for each that wrote.</figcaption>
    </figure>
  );
}

/** Who wrote what the chosen token reads, or who reads what it wrote. */
export function ReadsCard({
  steps,
  token,
  head,
  shares,
  parts,
  direction,
  onDirection,
}: {
  readonly steps: readonly PlayStep[];
  readonly token: number;
  readonly head: HeadPlace;
  /** Absent until they are known. */
  readonly shares?: Shares | undefined;
  readonly parts: readonly Part[];
  readonly direction: Direction;
  readonly onDirection: (direction: Direction) => void;
}) {
  const found = strongest(parts, SHOWN);
  const limit = largest(found.map(({ share }) => share));
  const own = `“${tokenName(steps[token]?.piece ?? '')}”`;
  return (
    <Card
      title="Who wrote it"
      hint={
        direction === 'reads'
          ? `Which tokens wrote what ${headName(head)} reads at ${own}. Below 0, a token pulls the other way.`
          : `How much of what later tokens read in ${headName(head)} was written by ${own}.`
      }
      class="reads"
    >
      <Choice legend="Colours show" options={DIRECTIONS} value={direction} onChoose={onDirection} />
      {!shares && <p class="waiting">Working it out…</p>}
      <ol class="parts">
        {found.map(({ place, share }) => (
          <li key={place}>
            <span>
              {tokenName(steps[place]?.piece ?? '')} <small>{place}</small>
            </span>
            <span class={`bar ${share < 0 ? 'below' : 'above'}`}>
              <i style={{ width: `${limit > 0 ? (100 * Math.abs(share)) / limit : 0}%` }} />
              <data value={String(share)}>{percent(share)}</data>
            </span>
          </li>
        ))}
      </ol>
      {shares && <AllReads strengths={shares.strengths} head={head} />}
    </Card>
  );
}
