import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileError } from './fileSlices.js';
/**
 * Size and SHA-256 of a file, read as a stream.
 *
 * @throws DataError when it cannot be read.
 */
export async function hashFile(path, signal) {
    const hash = createHash('sha256');
    let bytes = 0;
    try {
        for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
            const part = chunk; // a stream without an encoding gives buffers
            hash.update(part);
            bytes += part.length;
        }
    }
    catch (error) {
        if (signal?.aborted)
            throw error;
        throw fileError(path, error);
    }
    return { path, bytes, sha256: hash.digest('hex') };
}
/** SHA-256 of a JSON value, as hex. */
export function hashJson(value) {
    return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
