type IntegerArray = Uint16Array | Uint32Array | Int32Array;
/** A typed array that doubles its room when it is full. */
export declare class GrowingArray<A extends IntegerArray> {
    private readonly create;
    private items;
    private count;
    constructor(create: (size: number) => A);
    /** Number of items appended. */
    get length(): number;
    /**
     * Adds items at the end.
     *
     * @throws DataError beyond 2^32 - 1 items.
     */
    append(values: readonly number[]): void;
    private grow;
    /** The items, as a view; spare room that was never written costs no memory. */
    view(): A;
}
export {};
