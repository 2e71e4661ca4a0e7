import { useEffect, useState } from 'preact/hooks';
import type { RunState, RunStore } from '../runStore.js';
import { DARK, LIGHT, type Palette } from '../view/colours.js';

/** The state of a run, as it changes. */
export function useRun(store: RunStore): RunState {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);
    return store.listen(() => setState(store.state));
  }, [store]);
  return state;
}

/** The colours of the user's theme, as it changes. */
export function usePalette(): Palette {
  const query = window.matchMedia('(prefers-color-scheme: dark)');
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const listener = (): void => setDark(query.matches);
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  }, []);
  return dark ? DARK : LIGHT;
}
