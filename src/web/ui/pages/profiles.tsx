/** Takes profiles of running processes, and lists those that were taken. */
import { useEffect, useState } from 'preact/hooks';
import type { Profile, ProfileOrder } from '../../api.ts';
import { messageOf, order, useAnswer } from '../ask.ts';
import { overview } from '../live.ts';
import { Empty, Failure, Shown } from '../parts/notice.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { appsOf, labelOf } from '../read/apps.ts';
import { bytes, moment } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { linkTo, useRoute } from '../route.ts';
import { useStore } from '../store.ts';

const KINDS: Readonly<Record<ProfileOrder['kind'], string>> = {
  cpu: 'CPU profile',
  heap: 'Heap profile (who allocates)',
  heapsnapshot: 'Heap snapshot (what is there; the process stands still)',
};
const LONGEST_S = 300;

type Taking =
  | { readonly stage: 'none' }
  | { readonly stage: 'taking'; readonly endsAt: number | null }
  | { readonly stage: 'taken'; readonly profile: Profile }
  | { readonly stage: 'failed'; readonly error: string };

export function ProfilesPage() {
  const [round, setRound] = useState(0);
  const answer = useAnswer<readonly Profile[]>('/api/profiles', 0, round);
  return (
    <>
      <h1>Profiles</h1>
      <Take onTaken={() => setRound((before) => before + 1)} />
      <h2>Taken</h2>
      <Shown answer={answer}>
        {(profiles) =>
          profiles.length === 0 ? (
            <Empty>None yet.</Empty>
          ) : (
            <Taken profiles={[...profiles].sort((a, b) => b.at - a.at)} />
          )
        }
      </Shown>
    </>
  );
}

function Take({ onTaken }: { readonly onTaken: () => void }) {
  const { query } = useRoute();
  const apps = appsOf(useStore(overview)?.instances ?? []);
  const running = apps.flatMap(({ instances }) =>
    instances
      .filter(({ pid, nodeVersion }) => pid > 0 && nodeVersion !== null)
      .map((instance) => ({ id: instance.id, label: labelOf(instance, instances.length > 1) })),
  );
  const [id, setId] = useState(query.id ?? '');
  const [kind, setKind] = useState<ProfileOrder['kind']>('cpu');
  const [seconds, setSeconds] = useState('10');
  const [taking, setTaking] = useState<Taking>({ stage: 'none' });
  const chosen = id !== '' ? id : String(running[0]?.id ?? '');

  const take = async (): Promise<void> => {
    const isTimed = kind !== 'heapsnapshot';
    setTaking({ stage: 'taking', endsAt: isTimed ? Date.now() + Number(seconds) * 1000 : null });
    try {
      const wanted: ProfileOrder = { id: Number(chosen), kind, ...(isTimed ? { seconds: Number(seconds) } : {}) };
      setTaking({ stage: 'taken', profile: await order<Profile>('/api/profiles', wanted) });
      onTaken();
    } catch (error) {
      setTaking({ stage: 'failed', error: messageOf(error) });
    }
  };
  return (
    <form
      class="bar take"
      aria-label="Take a profile"
      onSubmit={(event) => {
        event.preventDefault();
        void take();
      }}
    >
      <label>
        Process
        <select required value={chosen} onChange={(event) => setId(event.currentTarget.value)}>
          {running.map((one) => (
            <option key={one.id} value={String(one.id)}>
              {plain(one.label)} (id {one.id})
            </option>
          ))}
        </select>
      </label>
      <label>
        Kind
        <select value={kind} onChange={(event) => setKind(event.currentTarget.value as ProfileOrder['kind'])}>
          {Object.entries(KINDS).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {kind !== 'heapsnapshot' && (
        <label>
          Seconds
          <input
            type="number"
            min={1}
            max={LONGEST_S}
            required
            value={seconds}
            onInput={(event) => setSeconds(event.currentTarget.value)}
          />
        </label>
      )}
      <button type="submit" class="primary" disabled={taking.stage === 'taking' || running.length === 0}>
        Take it
      </button>
      <div role="status" class="whole">
        {taking.stage === 'taking' && <Countdown endsAt={taking.endsAt} />}
        {taking.stage === 'taken' && (
          <p class="notice good">
            Taken: {plain(taking.profile.file)}, {bytes(taking.profile.bytes)}.{' '}
            {taking.profile.kind !== 'heapsnapshot' && (
              <a href={linkTo(['profiles', taking.profile.file])}>Show the flame graph</a>
            )}
          </p>
        )}
      </div>
      {taking.stage === 'failed' && <Failure error={taking.error} />}
    </form>
  );
}

function Countdown({ endsAt }: { readonly endsAt: number | null }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = endsAt === null ? 0 : Math.ceil((endsAt - now) / 1000);
  return <p class="working">{left > 0 ? `Watching… ${left} s` : 'The file is being written…'}</p>;
}

function Taken({ profiles }: { readonly profiles: readonly Profile[] }) {
  const now = Date.now();
  return (
    <TableBox label="Profiles">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Time</th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col">
              <span class="hidden">Download</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {profiles.map(({ file, kind, at, bytes: size }) => (
            <tr key={file}>
              <th scope="row" class="mono">
                {kind === 'heapsnapshot' ? plain(file) : <a href={linkTo(['profiles', file])}>{plain(file)}</a>}
              </th>
              <td class="time">{moment(at, now)}</td>
              <td class="number">{bytes(size)}</td>
              <td>
                <a href={`/api/profiles/${encodeURIComponent(file)}`} download aria-label={`Download ${plain(file)}`}>
                  Download
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
