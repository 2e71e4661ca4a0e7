import { useId, useState } from 'preact/hooks';
import type { PlayLayer } from '../../web/index.js';
import { Card, Choice } from '../parts/controls.jsx';
import type { RunState, RunStore } from '../runStore.js';
import { DECAY, interventionName, isSame, type Intervention, type Reach } from '../view/changes.js';
import { headName, layerFacts, type HeadPlace } from '../view/memories.js';
import { tokenName } from '../view/tokens.js';

interface ChangesProps {
  readonly store: RunStore;
  readonly state: RunState;
  readonly head: HeadPlace;
}

const HIGHEST = 2;

/** A change that is on or off. */
function Switch({
  state: { interventions },
  store,
  one,
  title,
  hint,
}: Pick<ChangesProps, 'state' | 'store'> & {
  readonly one: Intervention;
  readonly title: string;
  readonly hint: string;
}) {
  const on = interventions.some((other) => isSame(other, one));
  const toggle = (): void => {
    void (on ? store.changeTo(interventions.filter((other) => !isSame(other, one))) : store.change(one));
  };
  return (
    <label class="switch">
      <input type="checkbox" checked={on} onChange={toggle} />
      <span>
        <b>{title}</b>
        <small>{hint}</small>
      </span>
    </label>
  );
}

function hintOf(what: string): string {
  if (what === DECAY) return '0: the memory forgets nothing; 2: it forgets as fast as two tokens do.';
  return `Multiplies ${what}, a number that the learning rule reads at every token; 0 switches it off.`;
}

/** A factor on a signal or on the decay. */
function Factor({
  what,
  from,
  store,
  state: { interventions },
  place,
}: Pick<ChangesProps, 'state' | 'store'> & {
  readonly what: string;
  /** The first token that a new factor holds for. */
  readonly from: number;
  readonly place: Pick<Intervention, 'at' | 'reach'>;
}) {
  const id = useId();
  const probe: Intervention = { kind: 'scale', what, factor: 1, token: from, ...place };
  const found = interventions.find((other) => isSame(other, probe));
  const value = found?.kind === 'scale' ? found.factor : 1;
  return (
    <div class="factor">
      <label for={id}>
        {what} × <output>{value.toFixed(2)}</output>
      </label>
      <input
        id={id}
        type="range"
        min="0"
        max={HIGHEST}
        step="0.05"
        value={value}
        aria-describedby={`${id}-hint`}
        onInput={({ currentTarget }) => void store.change({ ...probe, factor: currentTarget.valueAsNumber })}
      />
      <small id={`${id}-hint`}>{hintOf(what)}</small>
    </div>
  );
}

/** The memory of another text in place of the one before the chosen token. */
function PatchForm({
  store,
  token,
  word,
  place,
}: {
  readonly store: RunStore;
  readonly token: number;
  readonly word: string;
  readonly place: Pick<Intervention, 'at' | 'reach'>;
}) {
  const id = useId();
  const [text, setText] = useState('');
  return (
    <form
      class="patch"
      onSubmit={(event) => {
        event.preventDefault();
        void store.patch(text, { token, ...place });
      }}
    >
      <label for={id}>Memory of another text</label>
      <div>
        <input id={id} required value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
        <button type="submit">Put in before “{word}”</button>
      </div>
      <small>
        The model reads this text first; what it remembers then takes the place of the memory here.
      </small>
    </form>
  );
}

/** The changes that hold, each with a button that takes it back. */
function Held({ store, state: { interventions, steps } }: Pick<ChangesProps, 'store' | 'state'>) {
  if (interventions.length === 0) return null;
  const nameOf = (place: number): string => `${place} “${tokenName(steps[place]?.piece ?? '')}”`;
  return (
    <div class="held">
      <ul aria-label="Changes that hold">
        {interventions.map((one) => {
          const name = interventionName(one, nameOf);
          return (
            <li key={name}>
              {name}
              <button
                type="button"
                aria-label={`Take back: ${name}`}
                onClick={() => void store.changeTo(interventions.filter((other) => other !== one))}
              >
                ×
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" onClick={() => void store.changeTo([])}>
        Take all back
      </button>
    </div>
  );
}

function factorsOf({ signals, hasDecay }: PlayLayer): readonly string[] {
  return [...signals, ...(hasDecay ? [DECAY] : [])];
}

/** What can be done to the memories, and what was. */
export function ChangesCard({ store, state, head }: ChangesProps) {
  const [reach, setReach] = useState<Reach>('head');
  const [since, setSince] = useState<'all' | 'token'>('all');
  const layer = layerFacts(store.model.facts, head.layer);
  if (!layer) return null;
  const { token, steps, continuation } = state;
  const place = { at: head, reach };
  const word = tokenName(steps[token]?.piece ?? '');
  const options = { head: headName(head), layer: `all of layer ${head.layer + 1}`, all: 'all heads' };
  return (
    <Card
      title="Change something"
      hint="The model reads the same text again under your changes; you see what it would have predicted."
      class="changes"
    >
      <Choice legend="Changes reach" options={options} value={reach} onChoose={setReach} />
      <div class="switches">
        <Switch
          {...{ store, state }}
          one={{ kind: 'silence', ...place }}
          title="Silence"
          hint="Nothing is read from the memory, at any token."
        />
        <Switch
          {...{ store, state }}
          one={{ kind: 'block', token, ...place }}
          title={`Block the write of “${word}”`}
          hint="This token leaves nothing in the memory; choose another token above to block that one."
        />
      </div>
      {factorsOf(layer).length > 0 && (
        <Choice
          legend="Factors hold"
          options={{ all: 'at every token', token: `from “${word}” on` }}
          value={since}
          onChoose={setSince}
        />
      )}
      {factorsOf(layer).map((what) => (
        <Factor key={what} from={since === 'all' ? 0 : token} {...{ what, store, state, place }} />
      ))}
      <PatchForm {...{ store, token, word, place }} />
      <Held {...{ store, state }} />
      {state.interventions.length > 0 && (
        <div class="go-on">
          <button type="button" onClick={() => void store.goOn()}>
            Write on from “{word}” under the changes
          </button>
          {continuation !== undefined && <output>{continuation}</output>}
        </div>
      )}
    </Card>
  );
}
