/** Alerts that are raised, and those that were. */
import type { AlertList } from '../../api.ts';
import { useAnswer } from '../ask.ts';
import { overview } from '../live.ts';
import { Empty, Shown } from '../parts/notice.tsx';
import { ProcessName } from '../parts/process-name.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { lasting, moment } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { useStore } from '../store.ts';

export function AlertsPage() {
  // Asked again when another one is raised, or one is cleared.
  const raised = useStore(overview)
    ?.alerts.map(({ number }) => number)
    .join(' ');
  const answer = useAnswer<AlertList>('/api/alerts', 30_000, raised);
  return (
    <>
      <h1>Alerts</h1>
      <Shown answer={answer}>
        {(alerts) =>
          alerts.length === 0 ? (
            <Empty>None was raised. Which are is a matter of the config.</Empty>
          ) : (
            <AlertTable alerts={alerts} />
          )
        }
      </Shown>
    </>
  );
}

function AlertTable({ alerts }: { readonly alerts: AlertList }) {
  const now = Date.now();
  return (
    <TableBox label="Alerts">
      <table class="list events">
        <thead>
          <tr>
            <th scope="col">Raised</th>
            <th scope="col">Alert</th>
            <th scope="col">Process</th>
            <th scope="col">Reason</th>
            <th scope="col">Cleared</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map(({ number, rule, id, name, raisedAt, clearedAt, reason, severity, ended }) => (
            <tr key={number}>
              <td class="time">{moment(raisedAt, now)}</td>
              <td>
                <span class={`status ${clearedAt === null ? 'bad' : 'off'}`}>
                  <span class="sign" aria-hidden="true">
                    {clearedAt === null ? '▲' : '✓'}
                  </span>
                  {plain(rule)}
                </span>{' '}
                <small>{plain(severity)}</small>
              </td>
              <td>
                <ProcessName name={name} id={id} />
              </td>
              <td class="reason">{plain(reason)}</td>
              <td title={ended === null ? '' : plain(ended)}>
                {clearedAt === null ? 'not yet' : `after ${lasting(clearedAt - raisedAt)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
