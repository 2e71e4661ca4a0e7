/** Milliseconds since 1970. Given to whatever measures time, so that tests need not wait. */
export type Clock = () => number;
