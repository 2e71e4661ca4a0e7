import { fileSlices } from './fileSlices.js';
import { decodeUtf8, storyText } from './utf8Text.js';
const MARKER = '<|endoftext|>';
const MARKER_BYTES = Buffer.from(MARKER);
const [TAB, NEWLINE, RETURN, SPACE] = [9, 10, 13, 32];
const isBlank = (byte) => byte === SPACE || byte === TAB;
const endsLine = (byte) => byte === undefined || byte === NEWLINE || byte === RETURN;
/** The line that ends a story; a marker that shares its line with text is text. */
const findMarkerLine = (buffer, from, atEnd) => {
    for (let at = buffer.indexOf(MARKER_BYTES, from); at >= 0; at = buffer.indexOf(MARKER_BYTES, at + 1)) {
        let [begin, end] = [at, at + MARKER_BYTES.length];
        while (isBlank(buffer[begin - 1]))
            begin -= 1;
        while (isBlank(buffer[end]))
            end += 1;
        if (end >= buffer.length && !atEnd)
            return at;
        if (endsLine(buffer[begin - 1]) && endsLine(buffer[end]))
            return { begin, end };
    }
    return Math.max(from, buffer.length - MARKER_BYTES.length);
};
function countMarkers(text) {
    let count = 0;
    for (let at = text.indexOf(MARKER); at >= 0; at = text.indexOf(MARKER, at + 1))
        count += 1;
    return count;
}
/**
 * The stories of a text file, read as they are asked for: what stands between lines `<|endoftext|>`, without
 * outer white space. What follows the last marker is a story too; empty ones are left out.
 *
 * @param remark told, at the end, how many markers stand inside stories
 * @throws DataError with the byte offset when the file is not UTF-8, or when it cannot be read.
 */
export function* readText(path, remark = () => undefined) {
    let inside = 0;
    for (const { bytes, offset } of fileSlices(path, findMarkerLine)) {
        const story = storyText(decodeUtf8(bytes, path, offset));
        inside += countMarkers(story);
        if (story !== '')
            yield story;
    }
    remark(inside > 0 &&
        `${path}: ${inside} x ${MARKER} is taken for text; a marker ends a story only on a line of its own`);
}
