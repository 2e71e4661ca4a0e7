import { DataError } from '../../../src/core/errors.js';
/** Offsets into the tokens are 32-bit. */
const MOST_ITEMS = 2 ** 32 - 1;
/** A typed array that doubles its room when it is full. */
export class GrowingArray {
    create;
    items;
    count = 0;
    constructor(create) {
        this.create = create;
        this.items = create(1024);
    }
    /** Number of items appended. */
    get length() {
        return this.count;
    }
    /**
     * Adds items at the end.
     *
     * @throws DataError beyond 2^32 - 1 items.
     */
    append(values) {
        const needed = this.count + values.length;
        if (needed > this.items.length)
            this.grow(needed);
        this.items.set(values, this.count);
        this.count = needed;
    }
    grow(needed) {
        if (needed > MOST_ITEMS) {
            throw new DataError(`encode: expected at most ${MOST_ITEMS} tokens in one split, got more; use a smaller part of the text`);
        }
        const next = this.create(Math.min(MOST_ITEMS, Math.max(needed, this.items.length * 2)));
        next.set(this.items);
        this.items = next;
    }
    /** The items, as a view; spare room that was never written costs no memory. */
    view() {
        // subarray of A is an A; the library types say so only for each kind by itself
        return this.items.subarray(0, this.count);
    }
}
