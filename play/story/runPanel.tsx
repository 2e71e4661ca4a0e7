import { useState } from 'preact/hooks';
import { Fault } from '../parts/controls.jsx';
import { usePalette, useRun } from '../parts/hooks.js';
import type { RunState, RunStore } from '../runStore.js';
import { readBy, readFrom, type Part } from '../view/attribution.js';
import { ChangesCard } from './changesCard.jsx';
import { MemoryCard } from './memoryCard.jsx';
import { NextTokens } from './nextTokens.jsx';
import { ReadsCard, type Direction } from './readsCard.jsx';
import { TokenStrip } from './tokenStrip.jsx';

function partsOf({ traced, token, head }: RunState, direction: Direction): readonly Part[] {
  const rows = head && traced?.layer === head.layer ? traced.shares.shares[head.head] : undefined;
  if (!rows) return [];
  return direction === 'reads' ? readFrom(rows, token) : readBy(rows, token);
}

/** Places that a change names. */
function markedPlaces({ interventions }: RunState): ReadonlySet<number> {
  return new Set(interventions.flatMap((one) => ('token' in one ? [one.token] : [])));
}

function Scrubber({
  token,
  count,
  onLook,
}: {
  readonly token: number;
  readonly count: number;
  readonly onLook: (token: number) => void;
}) {
  return (
    <label class="scrubber">
      <span>
        Token {token} of {count - 1}
      </span>
      <input
        type="range"
        min="0"
        max={count - 1}
        value={token}
        onInput={({ currentTarget }) => onLook(currentTarget.valueAsNumber)}
      />
      <small>
        Slide, or use the arrow keys, to go through the text; all below is as it was after this token.
      </small>
    </label>
  );
}

function Heading({ store, state }: { readonly store: RunStore; readonly state: RunState }) {
  const { name, rule, gate, parameters, step } = store.model.facts;
  return (
    <header>
      <h2>{name}</h2>
      <p>
        rule <b>{rule}</b>, gate <b>{gate}</b>, {parameters.toLocaleString('en')} parameters,{' '}
        {step.toLocaleString('en')} steps of training
      </p>
      <p class="busy" role="status">
        {state.busy ?? ''}
      </p>
    </header>
  );
}

/** One run: its text, its memories, and what it would have done under changes. */
export function RunPanel({
  store,
  onLook,
}: {
  readonly store: RunStore;
  readonly onLook: (token: number) => void;
}) {
  const state = useRun(store);
  const { wash } = usePalette();
  const [direction, setDirection] = useState<Direction>('reads');
  const { steps, changed, token, head, given, busy, traced, error } = state;
  const step = steps[token];
  const shown = changed ?? steps;
  const parts = partsOf(state, direction);
  return (
    <article class="run" data-run={store.model.facts.name} data-busy={busy ?? ''}>
      <Heading {...{ store, state }} />
      {error !== undefined && <Fault>{error}</Fault>}
      {step && (
        <>
          <TokenStrip {...{ steps, given, token, parts, onLook }} scale={wash} marked={markedPlaces(state)} />
          <Scrubber token={token} count={steps.length} onLook={onLook} />
          <div class="cards">
            <NextTokens
              step={step}
              changed={changed?.[token]}
              written={steps[token + 1]?.id}
              decode={(id) => store.model.tokenizer.decode([id])}
            />
            {head && (
              <ReadsCard
                {...{ steps, token, head, parts, direction }}
                shares={traced?.of === shown && traced.layer === head.layer ? traced.shares : undefined}
                onDirection={setDirection}
              />
            )}
            {head && <MemoryCard {...{ store, state, head }} />}
            {head && <ChangesCard {...{ store, state, head }} />}
          </div>
          {!head && <p>No layer of this run keeps a memory, so that there is none to look at.</p>}
        </>
      )}
    </article>
  );
}
