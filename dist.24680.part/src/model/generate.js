import { ConfigError, NonFiniteError } from '../core/errors.js';
import { Decoder } from './decode.js';
function checkOptions({ temperature = 1, topK = 0, topP = 1 }) {
    if (!(Number.isFinite(temperature) && temperature >= 0)) {
        throw new ConfigError(`sample.temperature: expected a number of at least 0, got ${temperature}`);
    }
    if (!(Number.isSafeInteger(topK) && topK >= 0)) {
        throw new ConfigError(`sample.topK: expected a whole number of at least 0, got ${topK}`);
    }
    if (!(topP > 0 && topP <= 1)) {
        throw new ConfigError(`sample.topP: expected a number above 0 and at most 1, got ${topP}`);
    }
    return { temperature, topK, topP };
}
/** Index of the largest logit, the first of equals. Plain loops here and below: they run once per token. */
function mostLikely(logits) {
    if (logits.length === 0)
        throw new ConfigError('sample: expected at least one logit, got none');
    let best = 0;
    for (let i = 0; i < logits.length; i++) {
        const logit = logits[i] ?? NaN;
        if (!Number.isFinite(logit)) {
            throw new NonFiniteError(`sample: expected finite logits, got ${logit} for token ${i}`);
        }
        if (logit > (logits[best] ?? 0))
            best = i;
    }
    return best;
}
/** exp((logit - top) / temperature): probabilities but for their sum. */
function masses(logits, top, temperature) {
    const mass = new Float64Array(logits.length);
    for (let i = 0; i < mass.length; i++)
        mass[i] = Math.exp(((logits[i] ?? 0) - top) / temperature);
    return mass;
}
function sumOf(mass) {
    let sum = 0;
    for (let i = 0; i < mass.length; i++)
        sum += mass[i] ?? 0;
    return sum;
}
/** How many masses pass. */
function count(mass, passes) {
    let passed = 0;
    for (let i = 0; i < mass.length; i++)
        if (passes(mass[i] ?? 0))
            passed++;
    return passed;
}
/** Sets to 0 all but the `count` largest, the least of which is `least`; of equals the first stay. */
function keepLargest(mass, kept, least) {
    let ties = kept - count(mass, (m) => m > least);
    for (let i = 0; i < mass.length; i++) {
        const m = mass[i] ?? 0;
        if (m > least || (m === least && ties-- > 0))
            continue;
        mass[i] = 0;
    }
}
function keepTop(mass, kept) {
    if (kept >= mass.length)
        return;
    keepLargest(mass, kept, mass.slice().sort()[mass.length - kept] ?? 0);
}
/** The masses of at least `floor`; `filter` would take most of a draw's time. */
function above(mass, floor) {
    const kept = new Float64Array(count(mass, (m) => m >= floor));
    let next = 0;
    for (let i = 0; i < mass.length; i++) {
        const m = mass[i] ?? 0;
        if (m >= floor)
            kept[next++] = m;
    }
    return kept;
}
/**
 * Keeps the fewest of the largest that reach the share `topP` of the sum. Masses below an equal share of the
 * rest together hold no more than the rest, so only the others need sorting.
 */
function keepNucleus(mass, topP) {
    const total = sumOf(mass);
    const floor = ((1 - topP) * total) / mass.length;
    const sorted = above(mass, floor).sort();
    let [reached, kept] = [0, 0];
    while (kept < sorted.length && reached < topP * total)
        reached += sorted[sorted.length - ++kept] ?? 0;
    keepLargest(mass, kept, sorted[sorted.length - kept] ?? 0);
}
/** Draws an index in proportion to the masses. */
function draw(mass, rng) {
    let left = rng.uniform() * sumOf(mass);
    let last = 0;
    for (let i = 0; i < mass.length; i++) {
        const m = mass[i] ?? 0;
        if (m === 0)
            continue;
        if (left < m)
            return i;
        left -= m;
        last = i;
    }
    // Rounding may leave a rest past the last token.
    return last;
}
/**
 * Draws a token id: temperature first, then the k most likely, then of these the nucleus of topP.
 *
 *   p_i = exp(logit_i / temperature) / sum
 *
 * The same stream gives the same tokens; temperature 0 draws nothing.
 * @throws ConfigError for an option out of range, NonFiniteError for a logit that is no finite number.
 * Source: nucleus sampling, Holtzman et al. 2019, arXiv:1904.09751.
 */
export function sample(logits, options, rng) {
    const { temperature, topK, topP } = checkOptions(options);
    const best = mostLikely(logits);
    if (temperature === 0)
        return best;
    const mass = masses(logits, logits[best] ?? 0, temperature);
    if (topK > 0)
        keepTop(mass, topK);
    if (topP < 1)
        keepNucleus(mass, topP);
    return draw(mass, rng);
}
/**
 * Ids the model draws after a context, the end of text included, up to it, the limit or the signal.
 *
 * State: the decoder, of one row, has read the context and all that was drawn but the last.
 * @throws ConfigError for a sampling option out of range.
 */
export async function* drawTokens(decoder, options) {
    const { context, endOfText, tokens, sampling, rng, signal } = options;
    if (signal?.aborted)
        return;
    let logits = await decoder.next(Int32Array.from(context));
    for (let drawn = 1; drawn <= tokens && !signal?.aborted; drawn++) {
        const id = sample(logits, sampling, rng);
        yield id;
        if (id === endOfText)
            return;
        if (drawn < tokens)
            logits = await decoder.next(Int32Array.of(id));
    }
}
/**
 * Text that follows a prompt, piece by piece, up to the end of the story. The prompt is not given back.
 *
 * Constant time and memory per token. No piece ends within a character.
 * State: pulls the weights out of the engine first, so it may be called between updates.
 * @throws DataError for a prompt that is no well-formed text, ConfigError for a sampling option out of range.
 */
export async function* generate(options) {
    const { engine, model, tokenizer, prompt, tokens, sampling, rng } = options;
    await engine.pull(model.variables);
    const { endOfText } = tokenizer;
    const context = [endOfText, ...tokenizer.encode(prompt)];
    const decoder = Decoder.create(engine, model, 1, { cacheLength: context.length + tokens });
    const text = new TextDecoder('utf-8', { ignoreBOM: true });
    try {
        for await (const id of drawTokens(decoder, { context, endOfText, tokens, sampling, rng })) {
            if (id === endOfText)
                break;
            const piece = text.decode(tokenizer.bytesOf(id), { stream: true });
            if (piece !== '')
                yield piece;
        }
        const rest = text.decode();
        if (rest !== '')
            yield rest;
    }
    finally {
        await decoder.dispose();
    }
}
/** All that `generate` gives, in one piece. */
export async function generateText(options) {
    let text = '';
    for await (const piece of generate(options))
        text += piece;
    return text;
}
