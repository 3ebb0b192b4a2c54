/**
 * What is shipped where, as a list. Without the trouble in it a receiver that refuses everything would look like one that takes it.
 */
import { shownUrl } from '../../export/destination.ts';
import { readState, type ShipOrder, type ShipState, shipName } from '../../export/ship-orders.ts';
import type { InstanceView } from '../../protocol/control.ts';
import type { Session } from '../session.ts';
import { drawTable } from './table.ts';
import { localTime, plain } from './words.ts';

interface Shipment {
  readonly order: ShipOrder;
  readonly state: ShipState | null;
  readonly status: string;
}

const countOf = ({ sent, refused, dropped }: ShipState['lines']): string =>
  [String(sent), ...(refused > 0 ? [`${refused} refused`] : []), ...(dropped > 0 ? [`${dropped} dropped`] : [])].join(
    ', ',
  );

function rowOf({ order, state, status }: Shipment): readonly string[] {
  const gaps = state !== null && state.gaps > 0 ? `, ${state.gaps} gaps` : '';
  return [
    String(order.number),
    plain(shownUrl(order.url)),
    order.logs ? plain(order.targets.join(' ')) : '-',
    status,
    order.logs && state !== null ? `${countOf(state.lines)}${gaps}` : '-',
    order.metrics && state !== null ? countOf(state.readings) : '-',
    state?.lastSentAt == null ? '-' : localTime(state.lastSentAt),
  ];
}

const asJson = ({ order, state, status }: Shipment): unknown => ({
  number: order.number,
  url: shownUrl(order.url),
  logs: order.logs,
  metrics: order.metrics,
  targets: order.targets,
  intervalMs: order.intervalMs,
  // Their values may be secrets.
  headers: Object.keys(order.headers),
  resource: order.resource,
  status,
  lines: state?.lines ?? null,
  readings: state?.readings ?? null,
  gaps: state?.gaps ?? 0,
  lastSentAt: state?.lastSentAt ?? null,
  trouble: state?.trouble ?? null,
});

export function showShipments(
  session: Session,
  orders: readonly ShipOrder[],
  views: readonly InstanceView[],
  isJson = false,
): void {
  const { out } = session;
  const shipments = orders.map((order) => ({
    order,
    state: readState(session.home, order.number),
    status:
      views.find(({ name, isModule }) => name === shipName(order.number) && isModule === true)?.status ?? 'not there',
  }));
  if (isJson) out.machine(`${JSON.stringify(shipments.map(asJson), null, 2)}\n`);
  else if (shipments.length === 0) out.info('Nothing is shipped: `upkeep ship --help` says how');
  else showTable(session, shipments);
}

function showTable({ out }: Session, shipments: readonly Shipment[]): void {
  const columns = ['#', 'to', 'logs of', 'status', 'lines', 'readings', 'last sent'].map((title) => ({ title }));
  out.print(drawTable(columns, shipments.map(rowOf), out.hasColor));
  for (const { order, state } of shipments) {
    if (state === null || state.trouble === null) continue;
    out.warn(`${order.number}: not taken since ${localTime(state.trouble.since)}: ${plain(state.trouble.why)}`);
  }
}
