/** Alerts that are raised now; what is read first. */
import type { AlertView } from '../../../protocol/observation.ts';
import { moment } from '../read/format.ts';
import { plain } from '../read/plain.ts';

export function Alerts({ alerts }: { readonly alerts: readonly AlertView[] }) {
  return (
    <section aria-label="Raised alerts" aria-live="polite" class="alerts">
      {alerts.map((alert) => (
        <p key={alert.number} class="notice bad">
          <b>
            <span aria-hidden="true">▲ </span>
            {plain(alert.rule)}
          </b>
          <span class="grow">
            {alert.name !== null && `${plain(alert.name)}${alert.id === null ? '' : ` (${alert.id})`}: `}
            {plain(alert.reason)}
          </span>
          <small>since {moment(alert.raisedAt, Date.now())}</small>
        </p>
      ))}
    </section>
  );
}
