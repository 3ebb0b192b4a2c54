/** The machine and the daemon in one line. */
import type { Overview } from '../../api.ts';
import { bytes, lasting, percent, rate } from '../read/format.ts';
import { plain } from '../read/plain.ts';

function Meter({ label, value, text }: { readonly label: string; readonly value: number; readonly text: string }) {
  return (
    <div class="meter">
      <span>{label}</span>
      <b>{text}</b>
      <div class={`fill${value > 90 ? ' bad' : ''}`} aria-hidden="true">
        <div style={{ width: `${Math.min(100, Math.max(0, value))}%` }} />
      </div>
    </div>
  );
}

export function Host({ view }: { readonly view: Overview }) {
  const { host, daemon } = view;
  const used = host === null ? 0 : host.memory.totalBytes - host.memory.availableBytes;
  const disk = host === null ? undefined : [...host.fileSystems].sort((a, b) => b.usedPercent - a.usedPercent)[0];
  const received = host?.interfaces.reduce((sum, one) => sum + one.received, 0) ?? 0;
  const sent = host?.interfaces.reduce((sum, one) => sum + one.sent, 0) ?? 0;
  return (
    <section class="host" aria-label="Machine">
      {host !== null && (
        <>
          <Meter label="Machine CPU" value={host.cpuPercent} text={percent(host.cpuPercent)} />
          <Meter
            label="Memory"
            value={(used / host.memory.totalBytes) * 100}
            text={`${bytes(used)} of ${bytes(host.memory.totalBytes)}`}
          />
          {disk !== undefined && (
            <Meter label={`Disk ${plain(disk.mount)}`} value={disk.usedPercent} text={percent(disk.usedPercent)} />
          )}
          <div class="meter narrow-off">
            <span>Network</span>
            <b>
              ↓ {rate(received / 1024).replace('/s', '')} ↑ {rate(sent / 1024).replace('/s', '')} KB/s
            </b>
          </div>
        </>
      )}
      {daemon !== null && (
        <div class="meter narrow-off">
          <span>Daemon {plain(daemon.version)}</span>
          <b>up {lasting(view.at - daemon.startedAt)}</b>
        </div>
      )}
    </section>
  );
}
