/** Takes the remark on a whole file, or false where there is nothing to say. */
export type Remark = (text: string | false) => void;
/** What a value is, in words. */
export declare function kindOf(value: unknown): string;
/** The remark on rows that hold no text. */
export declare function withoutText(path: string, empty: number, rows: number): string;
