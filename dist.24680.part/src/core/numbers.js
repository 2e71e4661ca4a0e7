/** The mean; NaN of no numbers. */
export function mean(values) {
    let sum = 0;
    for (const value of Array.from(values))
        sum += value;
    return sum / values.length;
}
/** The dot product, in double precision. The second vector is at least as long as the first. */
export function dot(a, b) {
    let sum = 0;
    for (let i = 0; i < a.length; i++)
        sum += (a[i] ?? NaN) * (b[i] ?? NaN);
    return sum;
}
