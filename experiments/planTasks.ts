import { ConfigError } from '../src/core/errors.js';
import { checkRequest, planGrid, type GridPlan, type PlanRequest } from './plan.js';
import type { PlannedCell } from './subject.js';

/**
 * One grid over several tasks, each planned as `planGrid` plans it: the same variants, seeds and settings on all.
 *
 * @throws as `planGrid`; ConfigError when a task is named twice.
 */
export async function planTasks(
  request: Omit<PlanRequest, 'task'>,
  tasks: readonly string[],
): Promise<GridPlan> {
  checkRequest('planTasks', { ...request, task: tasks[0] ?? '' });
  const twice = tasks.find((task, i) => tasks.indexOf(task) < i);
  if (twice !== undefined) throw new ConfigError(`task: '${twice}' is given twice; name it once`);
  const plans: GridPlan[] = [];
  for (const task of tasks) plans.push(await planGrid({ ...request, task }));
  const [first, ...others] = plans;
  if (!first) throw new ConfigError('task: expected at least one task, got none');
  if (others.length === 0) return first;
  const searches = plans.flatMap(({ search }) => search ?? []);
  const search = first.search && {
    request: first.search.request,
    subjects: searches.flatMap(({ subjects }) => subjects),
    cells: async (sets: readonly (readonly string[])[]): Promise<readonly PlannedCell[]> => {
      const cells: PlannedCell[] = [];
      let start = 0;
      for (const { subjects, cells: cellsOf } of searches) {
        cells.push(...(await cellsOf(sets.slice(start, start + subjects.length))));
        start += subjects.length;
      }
      return cells;
    },
  };
  return {
    ...first,
    task: plans.map(({ task }) => task).join('+'),
    cells: plans.flatMap(({ cells }) => cells),
    notes: plans.flatMap(({ task, notes }) => notes.map((note) => `${task}: ${note}`)),
    ...(search && { search }),
  };
}
