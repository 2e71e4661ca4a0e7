/** What a value is, in words. */
export function kindOf(value) {
    if (value === null)
        return 'null';
    if (Array.isArray(value))
        return 'a list';
    if (typeof value === 'object')
        return 'an object';
    return `the ${typeof value} ${String(value)}`;
}
/** The remark on rows that hold no text. */
export function withoutText(path, empty, rows) {
    return `${path}: ${empty} of ${rows} rows have no text (null) and are left out`;
}
