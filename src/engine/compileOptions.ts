import { z } from 'zod';
import { list, optionsCheck } from '../core/options.js';
import type { Variable } from '../core/tf.js';
import type { CompileOptions } from './engine.js';

/** Refuses options of `compile` that there are not. */
export const checkCompileOptions = optionsCheck<CompileOptions>({
  variables: list<readonly Variable[]>().optional(),
  commit: z.enum(['always', 'finite']).optional(),
  results: z.enum(['own', 'reused']).optional(),
  name: z.string().optional(),
});

/** What messages and profiles call a compiled function. */
export function nameOf(fn: { readonly name: string }, { name }: { readonly name?: string }): string {
  return name ?? (fn.name || 'function');
}
