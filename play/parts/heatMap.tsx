import { useEffect, useRef } from 'preact/hooks';
import { shortNumber } from '../view/distribution.js';
import { colourOf, rootOf, type Scale } from '../view/colours.js';

interface HeatMapProps {
  /** Row by row. */
  readonly values: ArrayLike<number>;
  readonly columns: number;
  /** The size of a value that has the full colour. */
  readonly limit: number;
  readonly scale: Scale;
  /** What the picture shows, for those who do not see it. Absent where the text beside it says so. */
  readonly label?: string;
  readonly class?: string;
}

function draw(canvas: HTMLCanvasElement, { values, columns, limit, scale }: HeatMapProps): void {
  const rows = Math.max(1, Math.ceil(values.length / columns));
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let i = 0; i < values.length; i++) {
    image.data.set([...colourOf(rootOf(values[i] ?? NaN, limit), limit, scale), 255], 4 * i);
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

/** A matrix as a picture, a pixel a cell. */
export function HeatMap(props: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { values, columns, limit, scale, label } = props;
  useEffect(() => {
    if (canvas.current) draw(canvas.current, props);
  }, [values, columns, limit, scale]);
  const named = label === undefined ? { 'aria-hidden': true } : { role: 'img' as const, 'aria-label': label };
  return <canvas ref={canvas} class={`heat-map ${props.class ?? ''}`} {...named} />;
}

/** What the colours of a heat map mean. */
export function Legend({ limit, scale }: Pick<HeatMapProps, 'limit' | 'scale'>) {
  const steps = Array.from({ length: 41 }, (_, i) => ((i - 20) / 20) * limit);
  const shown = shortNumber(limit);
  return (
    <div class="legend">
      <span>−{shown}</span>
      <HeatMap values={steps} columns={steps.length} limit={limit} scale={scale} />
      <span>{shown}</span>
      <small>The colour grows with the root of the size, so that small numbers can be seen.</small>
    </div>
  );
}
