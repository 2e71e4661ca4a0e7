import { shortNumber } from '../view/distribution.js';
import { pointsOf, rangeOf, xOf, yOf, type Box } from '../view/lines.js';
import type { Series } from '../view/memories.js';

const WIDTH = 240;
const BOX: Box = { left: 2, top: 4, width: WIDTH - 4, height: 32 };

/** A number at every token as a small line, the chosen token marked; below it the number under changes, dashed. */
export function TokenLine({
  series: { name, values },
  changed,
  token,
}: {
  readonly series: Series;
  readonly changed?: readonly number[] | undefined;
  readonly token: number;
}) {
  const range = rangeOf([...values, ...(changed ?? [])]);
  const value = values[token] ?? NaN;
  const x = xOf(token, values.length, BOX);
  const now = shortNumber(value);
  const then = changed?.[token];
  return (
    <figure class="token-line">
      <figcaption>
        {name} <b>{now}</b>
        {then !== undefined && then !== value && <b class="after"> → {shortNumber(then)}</b>}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} 40`} preserveAspectRatio="none" aria-hidden="true">
        <line x1={x} x2={x} y1="0" y2="40" class="now" />
        <polyline points={pointsOf(values, range, BOX)} />
        {changed && <polyline points={pointsOf(changed, range, BOX)} class="after" />}
        {Number.isFinite(value) && <circle cx={x} cy={yOf(value, range, BOX)} r="3" />}
      </svg>
    </figure>
  );
}
