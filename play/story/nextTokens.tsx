import type { PlayStep } from '../../web/index.js';
import { Card } from '../parts/controls.jsx';
import { movedShare, percent, probabilities, topTokens, type NextToken } from '../view/distribution.js';
import { tokenName } from '../view/tokens.js';

const SHOWN = 10;

function Bar({
  share,
  most,
  kind,
}: {
  readonly share: number;
  /** The share of a bar of full length. */
  readonly most: number;
  readonly kind: 'before' | 'after';
}) {
  return (
    <span class={`bar ${kind}`}>
      <i style={{ width: `${(100 * share) / most}%` }} />
      <data value={String(share)}>{percent(share)}</data>
    </span>
  );
}

function Row({
  row,
  name,
  most,
  isWritten,
}: {
  readonly row: NextToken;
  readonly name: string;
  readonly most: number;
  readonly isWritten: boolean;
}) {
  return (
    <tr data-id={row.id}>
      <th scope="row">
        {name}
        {isWritten && (
          <span class="written" title="The token that the text goes on with">
            {' '}
            ←
          </span>
        )}
      </th>
      <td>
        <Bar share={row.before} most={most} kind="before" />
      </td>
      {row.after !== undefined && (
        <td>
          <Bar share={row.after} most={most} kind="after" />
        </td>
      )}
    </tr>
  );
}

/** The most probable next tokens after a token, beside what they are under changes. */
export function NextTokens({
  step,
  changed,
  written,
  decode,
}: {
  readonly step: PlayStep;
  readonly changed?: PlayStep | undefined;
  /** The token that the text has next; absent at its end. */
  readonly written?: number | undefined;
  readonly decode: (id: number) => string;
}) {
  const before = probabilities(step.logits);
  const after = changed && probabilities(changed.logits);
  const rows = topTokens(before, after, SHOWN);
  const most = Math.max(...rows.map((row) => Math.max(row.before, row.after ?? 0)));
  return (
    <Card
      title={`What comes after “${tokenName(step.piece)}”`}
      hint={
        after
          ? 'How probable each next token is, as the model is (blue) and with your changes (orange).'
          : 'How probable each next token is. Change something below, and the new numbers stand beside these.'
      }
      class="next"
    >
      {after && (
        <p class="moved" role="status">
          Your changes move <b>{percent(movedShare(before, after))}</b> of the probability to other tokens.
        </p>
      )}
      <table class="distribution">
        <thead class={after ? '' : 'unseen'}>
          <tr>
            <th scope="col">token</th>
            <th scope="col">as it is</th>
            {after && <th scope="col">changed</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.id}
              {...{ row, most }}
              name={tokenName(decode(row.id), '⟨end⟩')}
              isWritten={row.id === written}
            />
          ))}
        </tbody>
      </table>
    </Card>
  );
}
