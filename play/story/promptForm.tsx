import { useId, useState } from 'preact/hooks';
import { NumberField } from '../parts/controls.jsx';
import type { WriteOptions } from '../runStore.js';

function PromptField({
  prompt,
  onInput,
}: {
  readonly prompt: string;
  readonly onInput: (prompt: string) => void;
}) {
  const id = useId();
  return (
    <div class="field wide">
      <label for={id}>Prompt</label>
      <textarea
        id={id}
        rows={2}
        aria-describedby={`${id}-hint`}
        value={prompt}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      <small id={`${id}-hint`}>
        The beginning of a story; the model reads it and writes on. Ctrl+Enter writes.
      </small>
    </div>
  );
}

/** Where the story begins, and how it is written. */
export function PromptForm({
  busy,
  onWrite,
  onStop,
}: {
  readonly busy: boolean;
  readonly onWrite: (options: WriteOptions) => void;
  readonly onStop: () => void;
}) {
  const [options, setOptions] = useState<WriteOptions>({
    prompt: 'Once upon a time',
    tokens: 40,
    temperature: 0.7,
    seed: 1,
  });
  const set = (some: Partial<WriteOptions>): void => setOptions({ ...options, ...some });
  return (
    <form
      class="card prompt"
      onSubmit={(event) => {
        event.preventDefault();
        onWrite(options);
      }}
    >
      <PromptField prompt={options.prompt} onInput={(prompt) => set({ prompt })} />
      <NumberField
        label="Tokens"
        hint="How much to write: words or parts of words."
        value={options.tokens}
        {...{ min: 0, max: 400, step: 1 }}
        onInput={(tokens) => set({ tokens })}
      />
      <NumberField
        label="Temperature"
        hint="0 takes the most probable token; more dares more."
        value={options.temperature}
        {...{ min: 0, max: 5, step: 0.1 }}
        onInput={(temperature) => set({ temperature })}
      />
      <NumberField
        label="Seed"
        hint="The same number gives the same story."
        value={options.seed}
        {...{ min: 0, max: 999999, step: 1 }}
        onInput={(seed) => set({ seed })}
      />
      <div class="buttons">
        <button type="submit" class="main">
          Write
        </button>
        <button type="button" disabled={!busy} onClick={onStop}>
          Stop
        </button>
      </div>
    </form>
  );
}
