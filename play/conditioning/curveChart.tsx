import type { LearningCurve } from '../../eval/lab/curvesContract.js';
import { pointsOf, rangeOf, xOf, yOf, type Box, type Range } from '../view/lines.js';

const WIDTH = 720;
const HEIGHT = 360;
const BOX: Box = { left: 44, top: 34, width: WIDTH - 60, height: HEIGHT - 78 };
/** Most circles of theory in a line, so that they stay apart. */
const CIRCLES = 30;

const known = (values: readonly (number | null)[]): number[] => values.map((value) => value ?? NaN);

function Axes({
  range,
  steps,
  step,
}: {
  readonly range: Range;
  readonly steps: number;
  readonly step: number;
}) {
  const ticks = [range.low, (range.low + range.high) / 2, range.high, 0];
  return (
    <g class="axes">
      {[...new Set(ticks)].map((tick) => (
        <g key={tick}>
          <line
            x1={BOX.left}
            x2={BOX.left + BOX.width}
            y1={yOf(tick, range, BOX)}
            y2={yOf(tick, range, BOX)}
          />
          <text x={BOX.left - 6} y={yOf(tick, range, BOX) + 4} text-anchor="end">
            {Number(tick.toFixed(2))}
          </text>
        </g>
      ))}
      <text x={BOX.left + BOX.width / 2} y={HEIGHT - 8} text-anchor="middle">
        trial
      </text>
      <text x={BOX.left} y={HEIGHT - 24} text-anchor="middle">
        1
      </text>
      <text x={BOX.left + BOX.width} y={HEIGHT - 24} text-anchor="middle">
        {steps}
      </text>
      <line
        class="now"
        x1={xOf(step, steps, BOX)}
        x2={xOf(step, steps, BOX)}
        y1={BOX.top}
        y2={BOX.top + BOX.height}
      />
    </g>
  );
}

function Phases({ ends, names }: { readonly ends: readonly number[]; readonly names: readonly string[] }) {
  const steps = ends.at(-1) ?? 1;
  return (
    <g class="phases">
      {ends.map((end, i) => {
        const [from, to] = [xOf(ends[i - 1] ?? 0, steps, BOX), xOf(end - 1, steps, BOX)];
        return (
          <g key={end}>
            {i > 0 && <line x1={from} x2={from} y1={BOX.top - 18} y2={BOX.top + BOX.height} />}
            <text x={(from + to) / 2} y={BOX.top - 10} text-anchor="middle">
              {names[i]}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Line({
  curve: { measured, theory },
  range,
  index,
  steps,
}: {
  readonly curve: LearningCurve;
  readonly range: Range;
  readonly index: number;
  readonly steps: number;
}) {
  const points = theory.flatMap((value, i) => (value === null ? [] : [{ value, i }]));
  const whole = Array.from({ length: steps }, (_, i) => measured[i] ?? null);
  const every = Math.max(1, Math.ceil(points.length / CIRCLES));
  return (
    <g class={`line c${index % 6}`}>
      <polyline points={pointsOf(known(whole), range, BOX)} />
      {points
        .filter((_, i) => i % every === 0 || i === points.length - 1)
        .map(({ value, i }) => (
          <circle key={i} cx={xOf(i, steps, BOX)} cy={yOf(value, range, BOX)} r="4" />
        ))}
    </g>
  );
}

/** Responses trial by trial as lines, what theory says as circles. */
export function CurveChart({
  curves,
  phases,
  step,
  label,
}: {
  readonly curves: readonly LearningCurve[];
  readonly phases: readonly string[];
  readonly step: number;
  readonly label: string;
}) {
  const values = curves.flatMap(({ measured, theory }) => [...known(measured), ...known(theory)]);
  const range = rangeOf([...values, 1]);
  const longest = curves.reduce<readonly number[]>((ends, curve) => {
    return (curve.ends.at(-1) ?? 0) > (ends.at(-1) ?? 0) ? curve.ends : ends;
  }, []);
  const steps = longest.at(-1) ?? 1;
  return (
    <svg class="curves" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <Axes range={range} steps={steps} step={step} />
      <Phases ends={longest} names={phases} />
      {curves.map((curve, i) => (
        <Line key={`${curve.rule} ${curve.reading}`} curve={curve} {...{ range, steps }} index={i} />
      ))}
    </svg>
  );
}
