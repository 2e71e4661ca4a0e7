import { z } from 'zod';
import { CheckpointError } from '../core/errors.js';
/** The format's name and the newest version this program reads and writes. */
const FORMAT = 'pavlov-checkpoint';
const FORMAT_VERSION = 1;
const jsonObject = z.custom((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'expected an object');
const schema = z.strictObject({
    format: z.literal(FORMAT),
    version: z.literal(FORMAT_VERSION),
    step: z.int().min(0),
    config: jsonObject,
    model: jsonObject,
    tokenizer: jsonObject,
    cursor: z.custom((value) => value !== undefined, 'expected a value'),
    rng: jsonObject,
    progress: jsonObject,
    versions: z.record(z.string(), z.string()),
    files: z.record(z.string(), z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
/** The text of `manifest.json`: the manifest, and last the hash of all that precedes it. */
export function encodeManifest(manifest, hash) {
    const body = { format: FORMAT, version: FORMAT_VERSION, ...manifest };
    return `${JSON.stringify({ ...body, sha256: hash(JSON.stringify(body)) }, null, 2)}\n`;
}
/**
 * A manifest from the text of `manifest.json`.
 *
 * @param where names the checkpoint in messages, such as `checkpoint step-000400`.
 * @throws CheckpointError when the text is not JSON, is another program's, is of a newer version, lacks a field
 *   or was changed after it was written.
 */
export function decodeManifest(text, where, hash) {
    const value = parse(text, where);
    if (value.format !== FORMAT) {
        throw new CheckpointError(`${where}: expected a manifest of format '${FORMAT}', got ${JSON.stringify(value.format)}; it is not a checkpoint of this program`);
    }
    if (value.version !== FORMAT_VERSION) {
        throw new CheckpointError(`${where}: expected format version ${FORMAT_VERSION}, got ${JSON.stringify(value.version)}; use the version of pavlov-lm that wrote it (${JSON.stringify(value.versions)})`);
    }
    const { sha256, ...body } = value;
    if (sha256 !== hash(JSON.stringify(body))) {
        throw new CheckpointError(`${where}: manifest.json was changed after it was written; it is damaged`);
    }
    const parsed = schema.safeParse(body);
    if (parsed.success)
        return manifestOf(parsed.data);
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new CheckpointError(`${where}: manifest.json does not fit its format: ${faults.join('; ')}`);
}
function manifestOf({ step, config, model, tokenizer, cursor, rng, progress, versions, files, }) {
    return { step, config, model, tokenizer, cursor, rng, progress, versions, files };
}
function parse(text, where) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch (cause) {
        throw new CheckpointError(`${where}: expected JSON in manifest.json, got other text; it is damaged`, {
            cause,
        });
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return value; // JSON.parse gives nothing but JSON
    throw new CheckpointError(`${where}: expected a JSON object in manifest.json, got ${text.slice(0, 40)}`);
}
