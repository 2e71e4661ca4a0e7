/** A stream as a terminal has it, or a pipe, with what a person would see. */
export interface FakeStream {
  readonly isTTY: boolean;
  columns: number;
  /** Everything written, as it is. */
  text: string;
  write(text: string): boolean;
}

/** A terminal of so many columns, or a pipe where there are none. */
export function fakeStream(columns?: number): FakeStream {
  const stream = {
    isTTY: columns !== undefined,
    columns: columns ?? NaN,
    text: '',
    write(text: string): boolean {
      stream.text += text;
      return true;
    },
  };
  return stream;
}

/** Rows of a terminal that has been written to: knows line ends, returns, "erase to the end" and wrapping. */
export function screenOf({ text, columns }: FakeStream): string[] {
  const rows = [''];
  let [row, column] = [0, 0];
  const lineFeed = (): void => {
    rows[(row += 1)] = '';
    column = 0;
  };
  for (const [part] of text.matchAll(/\u001b\[K|[^]/gu)) {
    const before = (rows[row] ?? '').slice(0, column);
    if (part === '\n') lineFeed();
    else if (part === '\r') column = 0;
    else if (part === '\u001b[K') rows[row] = before;
    else {
      if (column === columns) lineFeed();
      rows[row] = (rows[row] ?? '').slice(0, column) + part + (rows[row] ?? '').slice(column + 1);
      column += 1;
    }
  }
  return rows;
}
