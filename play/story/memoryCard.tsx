import { useState } from 'preact/hooks';
import type { PlayFacts, PlayLayer } from '../../web/index.js';
import { Card, Choice } from '../parts/controls.jsx';
import { HeatMap, Legend } from '../parts/heatMap.jsx';
import { usePalette } from '../parts/hooks.js';
import { TokenLine } from '../parts/lineChart.jsx';
import type { RunState, RunStore } from '../runStore.js';
import { shortNumber } from '../view/distribution.js';
import { largest } from '../view/colours.js';
import {
  difference,
  headName,
  headsOf,
  largestCell,
  layerFacts,
  matrixOf,
  seriesOf,
  sizeOf,
  type HeadPlace,
} from '../view/memories.js';
import { tokenName } from '../view/tokens.js';

const VIEWS = {
  memory: 'the memory',
  written: 'what this token changed',
  moved: 'what your changes did',
} as const;
type View = keyof typeof VIEWS;
const UNCHANGED = { memory: VIEWS.memory, written: VIEWS.written };

/** The matrix that a view shows, and the cell size that has the full colour. */
function shownMatrix(
  view: View,
  { steps, changed, token }: RunState,
  facts: PlayLayer,
  head: number,
): { readonly values: Float32Array; readonly limit: number } {
  const own = changed ?? steps;
  const matrix = matrixOf(own[token], facts, head);
  if (view === 'memory') return { values: matrix, limit: largestCell(own, facts, head) };
  const other =
    view === 'written' ? matrixOf(own[token - 1], facts, head) : matrixOf(steps[token], facts, head);
  const values = difference(matrix, other);
  return { values, limit: largest(values) };
}

/** Every head's memory as a small picture; one is chosen to look at closely. */
function HeadChooser({
  state,
  facts,
  head: chosen,
  onChoose,
}: {
  readonly state: RunState;
  readonly facts: PlayFacts;
  readonly head: HeadPlace;
  readonly onChoose: (head: HeadPlace) => void;
}) {
  const { cells } = usePalette();
  const step = (state.changed ?? state.steps)[state.token];
  return (
    <fieldset class="heads">
      <legend>Head</legend>
      {headsOf(facts).map((place) => {
        const layer = layerFacts(facts, place.layer);
        if (!layer) return undefined;
        const matrix = matrixOf(step, layer, place.head);
        const isChosen = place.layer === chosen.layer && place.head === chosen.head;
        return (
          <label key={headName(place)} title={`${headName(place)}: size of S ${shortNumber(sizeOf(matrix))}`}>
            <input
              type="radio"
              name={`head-${facts.name}`}
              checked={isChosen}
              onChange={() => onChoose(place)}
            />
            <HeatMap values={matrix} columns={layer.keySize} limit={largest(matrix)} scale={cells} />
            <span aria-label={headName(place)}>
              {place.layer + 1}.{place.head + 1}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

/** The memories at the chosen token. */
export function MemoryCard({
  store,
  state,
  head,
}: {
  readonly store: RunStore;
  readonly state: RunState;
  readonly head: HeadPlace;
}) {
  const [chosen, setView] = useState<View>('memory');
  const { cells } = usePalette();
  const { facts } = store.model;
  const layer = layerFacts(facts, head.layer);
  if (!layer) return null;
  const views = state.changed ? VIEWS : UNCHANGED;
  const view = chosen in views ? chosen : 'memory';
  const { values, limit } = shownMatrix(view, state, layer, head.head);
  const series = seriesOf(state.steps, layer, head.head);
  const changed = state.changed && seriesOf(state.changed, layer, head.head);
  const word = tokenName(state.steps[state.token]?.piece ?? '');
  return (
    <Card
      title="Memory"
      hint={
        <>
          Each head keeps one matrix S, which every token changes and reads. Choose a head by its picture,
          numbered layer.head; this one holds {layer.valueSize} values for {layer.keySize} features of a key.
        </>
      }
      class="memory"
    >
      <HeadChooser state={state} facts={facts} head={head} onChoose={(place) => void store.choose(place)} />
      <Choice legend="Show" options={views} value={view} onChoose={setView} />
      <div class="matrix">
        <HeatMap
          values={values}
          columns={layer.keySize}
          limit={limit}
          scale={cells}
          label={`${headName(head)} after “${word}”, ${VIEWS[view]}: ${layer.valueSize} by ${layer.keySize} numbers, size ${shortNumber(sizeOf(values))}`}
        />
        <Legend limit={limit} scale={cells} />
      </div>
      <div class="lines" role="group" aria-label="Numbers of this head at every token">
        {series.map((one, i) => (
          <TokenLine key={one.name} series={one} changed={changed?.[i]?.values} token={state.token} />
        ))}
      </div>
    </Card>
  );
}
