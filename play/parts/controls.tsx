import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A part of the page under a heading, with what it is for in a sentence. */
export function Card({
  title,
  hint,
  children,
  class: className = '',
}: {
  readonly title: string;
  readonly hint: ComponentChildren;
  readonly children: ComponentChildren;
  readonly class?: string;
}) {
  const id = useId();
  return (
    <section class={`card ${className}`} aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <p class="hint">{hint}</p>
      {children}
    </section>
  );
}

/** A few choices of which one holds. */
export function Choice<T extends string>({
  legend,
  options,
  value,
  onChoose,
}: {
  readonly legend: string;
  readonly options: Readonly<Partial<Record<T, string>>>;
  readonly value: T;
  readonly onChoose: (value: T) => void;
}) {
  const name = useId();
  const entries = Object.entries(options) as [T, string][]; // the keys of a record of T
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {entries.map(([key, title]) => (
        <label key={key}>
          <input type="radio" name={name} checked={key === value} onChange={() => onChoose(key)} />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** A number to be set, with what it does. */
export function NumberField({
  label,
  hint,
  value,
  onInput,
  ...limits
}: {
  readonly label: string;
  readonly hint: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly onInput: (value: number) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        required
        aria-describedby={`${id}-hint`}
        value={value}
        {...limits}
        onInput={({ currentTarget }) => {
          if (currentTarget.validity.valid) onInput(currentTarget.valueAsNumber);
        }}
      />
      <small id={`${id}-hint`}>{hint}</small>
    </div>
  );
}

/** Something that went wrong, said where it can be seen. */
export function Fault({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="fault" role="alert">
      {children}
    </p>
  );
}
