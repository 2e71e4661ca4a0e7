/** A measured or computed place of a chart. */
export interface ChartPoint {
  readonly x: number;
  /** Null leaves a gap. */
  readonly y: number | null;
  /** Bounds of the interval of y; drawn as a band along a line, as a whisker at a lone point. */
  readonly low?: number | null;
  readonly high?: number | null;
}

/** Points of one name, drawn with one colour, marker and dash. */
export interface ChartSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
  /** `theory`: a thin line without markers, for a formula drawn over measurements. */
  readonly kind?: 'measured' | 'theory';
  /** Which colour, marker and dash; its own place in the list unless given. */
  readonly style?: number;
}

/** A line across the whole chart, such as chance. */
export interface ReferenceLine {
  /** Which axis the value lies on. */
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly label: string;
}

/** What every chart of two axes has. */
export interface AxesOptions {
  readonly title: string;
  /** Labels of the axes, with the unit. */
  readonly x: string;
  readonly y: string;
  readonly series: readonly ChartSeries[];
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly references?: readonly ReferenceLine[];
  /** Whether series are named above the data, as they are by default; not where a page names them once for all its charts. */
  readonly legend?: boolean;
  /** Ends of the y axis; those of the data unless given. */
  readonly yDomain?: readonly [number, number];
  /** What a reader who does not see the chart should know; made from the data unless given. */
  readonly description?: string;
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** A table of numbers as colours. */
export interface HeatMapOptions {
  readonly title: string;
  /** Labels from top to bottom. */
  readonly rows: readonly string[];
  /** Labels from left to right. */
  readonly columns: readonly string[];
  /** By row, then column; null where nothing was measured. */
  readonly values: readonly (readonly (number | null)[])[];
  /** What the columns are. */
  readonly x?: string;
  /** What the rows are. */
  readonly y?: string;
  /** What the numbers are, with the unit. */
  readonly label?: string;
  /** Ends of the colours; those of the data unless given. */
  readonly domain?: readonly [number, number];
  /** The value at which two colours part, such as 0 of a difference; one ramp of colours unless given. */
  readonly centre?: number;
  /** A number as written in its cell; three significant digits unless given. */
  readonly format?: (value: number) => string;
  /** What a reader who does not see the chart should know; made from the data unless given. */
  readonly description?: string;
  /** Pixels. */
  readonly width?: number;
}

/** One row of an interval chart. */
export interface IntervalRow {
  readonly name: string;
  readonly value: number;
  readonly low?: number | null;
  readonly high?: number | null;
  /** Single values behind it, such as those of seeds. */
  readonly samples?: readonly number[];
  /** Which colour and marker; its own place in the list unless given. */
  readonly style?: number;
}

/** Values with intervals, one per row. */
export interface IntervalChartOptions {
  readonly title: string;
  /** Label of the axis, with the unit. */
  readonly x: string;
  readonly rows: readonly IntervalRow[];
  readonly references?: readonly Pick<ReferenceLine, 'value' | 'label'>[];
  /** What a reader who does not see the chart should know; made from the data unless given. */
  readonly description?: string;
  /** Pixels. */
  readonly width?: number;
}
