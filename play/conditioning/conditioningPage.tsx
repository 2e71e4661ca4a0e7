import { useEffect, useState } from 'preact/hooks';
import type { LearningCurve, LearningCurves } from '../../eval/lab/curvesContract.js';
import type { ReadFile } from '../../web/index.js';
import { Card, Fault } from '../parts/controls.jsx';
import { CurveChart } from './curveChart.jsx';
import { curvesOf, phaseNames, readCurves, verdictOf } from './labFile.js';

function Phenomena({
  file: { phenomena },
  chosen,
  onChoose,
}: {
  readonly file: LearningCurves;
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}) {
  return (
    <label class="field">
      Experiment
      <select value={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {phenomena.map(({ name, title, design }) => (
          <option key={name} value={name}>
            {title}: {design}
          </option>
        ))}
      </select>
      <small>A and B are stimuli; + means that the outcome follows, − that it does not.</small>
    </label>
  );
}

function Rules({
  rules,
  chosen,
  onChoose,
}: {
  readonly rules: readonly string[];
  readonly chosen: readonly string[];
  readonly onChoose: (rules: readonly string[]) => void;
}) {
  return (
    <fieldset class="choice">
      <legend>Learning rules</legend>
      {rules.map((rule) => (
        <label key={rule}>
          <input
            type="checkbox"
            checked={chosen.includes(rule)}
            onChange={({ currentTarget: { checked } }) =>
              onChoose(rules.filter((one) => (one === rule ? checked : chosen.includes(one))))
            }
          />
          <span>{rule}</span>
        </label>
      ))}
    </fieldset>
  );
}

const shown = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(3));

/** The numbers of the chart: at the chosen trial, and of the whole experiment. */
function Numbers({ curves, step }: { readonly curves: readonly LearningCurve[]; readonly step: number }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Numbers of the experiment">
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">rule: response</th>
            <th scope="col">at trial {step + 1}</th>
            <th scope="col">theory there</th>
            <th scope="col">whole experiment</th>
            <th scope="col">theory</th>
            <th scope="col" />
          </tr>
        </thead>
        <tbody>
          {curves.map((curve, i) => (
            <tr key={`${curve.rule} ${curve.reading}`}>
              <th scope="row">
                <i class={`key c${i % 6}`} /> {curve.rule}: {curve.reading}
              </th>
              <td>{shown(curve.measured[step])}</td>
              <td>{shown(curve.theory[step])}</td>
              <td>{shown(curve.value)}</td>
              <td>{shown(curve.predicted)}</td>
              <td>{verdictOf(curve)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Experiments({ file }: { readonly file: LearningCurves }) {
  const [name, setName] = useState(file.phenomena[0]?.name ?? '');
  const [rules, setRules] = useState<readonly string[]>(file.rules.slice(0, 1));
  const [wanted, setStep] = useState(Infinity);
  const phenomenon = file.phenomena.find((one) => one.name === name);
  const curves = curvesOf(file, name, rules);
  const longest = curves.reduce<Pick<LearningCurve, 'measured' | 'ends'>>(
    (ends, curve) => (curve.measured.length > ends.measured.length ? curve : ends),
    {
      measured: [],
      ends: [],
    },
  );
  const last = Math.max(0, longest.measured.length - 1);
  const step = Math.min(wanted, last);
  const title = phenomenon?.title ?? name;
  return (
    <Card
      title={title}
      hint="How strongly each stimulus calls up the outcome, trial by trial: the line is what the memory does, the circles what theory says in closed form."
    >
      <div class="form">
        <Phenomena file={file} chosen={name} onChoose={setName} />
        <Rules rules={file.rules} chosen={rules} onChoose={setRules} />
      </div>
      {curves.length === 0 ? (
        <p>Choose at least one learning rule.</p>
      ) : (
        <div class="experiment">
          <CurveChart
            curves={curves}
            phases={phaseNames(phenomenon?.design ?? '', longest.ends.length)}
            step={step}
            label={`${title}: ${curves.length} responses over ${last + 1} trials; the numbers are in the table`}
          />
          <div>
            <label class="scrubber">
              <span>
                Trial {step + 1} of {last + 1}
              </span>
              <input
                type="range"
                min="0"
                max={last}
                value={step}
                onInput={({ currentTarget }) => setStep(currentTarget.valueAsNumber)}
              />
              <small>Slide, or use the arrow keys, to read the numbers of one trial in the table.</small>
            </label>
            <Numbers curves={curves} step={step} />
          </div>
        </div>
      )}
    </Card>
  );
}

/** The experiments of classical conditioning, by rules as they are, without a trained model. */
export function ConditioningPage({ read }: { readonly read: ReadFile }) {
  const [file, setFile] = useState<LearningCurves>();
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    read('lab.json')
      .then(readCurves)
      .then(setFile, (error: unknown) => setFault(error instanceof Error ? error.message : String(error)));
  }, [read]);
  return (
    <div class="page">
      <h1>Conditioning</h1>
      <p class="lead">
        A fast-weight memory learns as Pavlov’s dog does: stimuli are its keys, the outcome is its value.
        Choose an experiment and compare learning rules with the theory.
      </p>
      {fault !== undefined && <Fault>{fault}</Fault>}
      {!file && fault === undefined && (
        <p role="status">Running the experiments. This takes a few seconds.</p>
      )}
      {file && <Experiments file={file} />}
    </div>
  );
}
