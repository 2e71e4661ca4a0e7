const constant = {
    name: 'constant',
    title: 'the peak rate to the end',
    source: 'no publication',
    height: () => 1,
};
const linear = {
    name: 'linear',
    title: 'a straight line down to the floor',
    source: 'Defazio et al. 2023, arXiv:2310.07831',
    height: (progress) => 1 - progress,
};
const cosine = {
    name: 'cosine',
    title: 'half a cosine down to the floor',
    source: 'Loshchilov and Hutter 2017, arXiv:1608.03983',
    height: (progress) => (1 + Math.cos(Math.PI * progress)) / 2,
};
const wsd = {
    name: 'wsd',
    title: 'warm-up, stable, decay: flat, then down as 1 - sqrt',
    source: 'Hu et al. 2024, arXiv:2404.06395; Hagele et al. 2024, arXiv:2405.18392 (form of the decay)',
    height: (progress, { decay, warmup }) => {
        const start = 1 - decay / (1 - warmup);
        return progress <= start ? 1 : 1 - Math.sqrt((progress - start) / (1 - start));
    },
};
/** All schedules by name. */
export const schedules = { constant, linear, cosine, wsd };
/**
 * Learning rate at a point of the run, as a part of the peak.
 *
 *   progress < warmup: progress / warmup;  else floor + (1 - floor) height((progress - warmup) / (1 - warmup))
 *
 * Units: progress in [0, 1]; beyond 1 the rate stays where it ended.
 */
export function rateAt(schedule, settings, progress) {
    const { warmup, floor } = settings;
    if (progress < warmup)
        return progress / warmup;
    const after = Math.min(1, (progress - warmup) / (1 - warmup));
    return floor + (1 - floor) * schedule.height(after, settings);
}
