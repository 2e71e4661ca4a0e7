import { useEffect } from 'preact/hooks';
import { useRun } from '../parts/hooks.js';
import type { RunStore } from '../runStore.js';
import { placeAfter } from '../view/tokens.js';
import { PromptForm } from './promptForm.jsx';
import { RunPanel } from './runPanel.jsx';

/** Whether a key pressed here means something else to what has the focus. */
function isTaken(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select') !== null;
}

/** A story by one run, or by two side by side: written, looked at and changed. */
export function StoryPage({ stores }: { readonly stores: readonly RunStore[] }) {
  const states = stores.map(useRun);
  const look = (place: number): void => stores.forEach((store) => store.look(place));
  useEffect(() => {
    const scrub = (event: KeyboardEvent): void => {
      if (isTaken(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
      // As it is now: keys may come faster than the page is drawn.
      const now = stores.map(({ state }) => state);
      const token = Math.max(...now.map((state) => state.token));
      const place = placeAfter(event.key, token, Math.max(...now.map(({ steps }) => steps.length)));
      if (place === undefined) return;
      event.preventDefault();
      look(place);
    };
    document.addEventListener('keydown', scrub);
    return () => document.removeEventListener('keydown', scrub);
  }, [stores]);
  return (
    <div class="page">
      <h1>A story and its memory</h1>
      <p class="lead">
        The model writes one token after another. All that it knows of the text so far is in a few matrices:
        watch them being written, see what is read from them, and change them.
      </p>
      <PromptForm
        busy={states.some(({ busy }) => busy === 'writing')}
        onWrite={(options) => stores.forEach((store) => void store.write(options))}
        onStop={() => stores.forEach((store) => store.stop())}
      />
      <div class={`runs n${stores.length}`}>
        {stores.map((store) => (
          <RunPanel key={store.model.facts.name} store={store} onLook={look} />
        ))}
      </div>
    </div>
  );
}
