/** How the learning rate goes over a run. */
export interface ScheduleSettings {
    readonly name: string;
    /** Part of the run over which the rate rises from 0 to its peak, in [0, 1). */
    readonly warmup: number;
    /** Rate at the end as a part of the peak, in [0, 1]. */
    readonly floor: number;
    /** For schedules with a flat part: the last part of the run over which the rate falls, in (0, 1]. */
    readonly decay: number;
}
/** What is left of the way from floor to peak at `progress` in [0, 1] of the time after warm-up. */
export interface Schedule {
    readonly name: string;
    readonly title: string;
    readonly source: string;
    height(progress: number, settings: ScheduleSettings): number;
}
/** All schedules by name. */
export declare const schedules: Readonly<Record<string, Schedule>>;
/**
 * Learning rate at a point of the run, as a part of the peak.
 *
 *   progress < warmup: progress / warmup;  else floor + (1 - floor) height((progress - warmup) / (1 - warmup))
 *
 * Units: progress in [0, 1]; beyond 1 the rate stays where it ended.
 */
export declare function rateAt(schedule: Schedule, settings: ScheduleSettings, progress: number): number;
