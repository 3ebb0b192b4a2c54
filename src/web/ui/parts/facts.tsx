/** A fact with its name, lines of a program, and what changed: what several pages show in the same way. */
import { plain } from '../read/plain.ts';
import { TableBox } from './table-box.tsx';

export const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

export function Lines({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a pre is what it is
    <pre class="lines" role="region" aria-label={label} tabIndex={0}>
      {text}
    </pre>
  );
}

export function DiffTable({
  rows,
  before,
  after,
}: {
  readonly rows: readonly { readonly key: string; readonly before: string | null; readonly after: string | null }[];
  readonly before: string;
  readonly after: string;
}) {
  return (
    <TableBox label="What changed">
      <table class="list diff">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">{before}</th>
            <th scope="col">{after}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">
                <code>{plain(row.key)}</code>
              </th>
              <td>{row.before === null ? <i>none</i> : <del>{plain(row.before)}</del>}</td>
              <td>{row.after === null ? <i>none</i> : <ins>{plain(row.after)}</ins>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
