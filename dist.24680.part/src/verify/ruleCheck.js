/** The first finding of several cases, tried in turn. */
export async function firstFinding(cases, find) {
    for (const item of cases) {
        const finding = await find(item);
        if (finding)
            return finding;
    }
    return undefined;
}
