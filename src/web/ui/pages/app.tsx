/** One app: its processes, their graphs, why they are as they are, their environment, logs, crashes and events. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { InstanceView } from '../../../protocol/control.ts';
import type { HistorySpan } from '../../../protocol/observation.ts';
import { events, overview } from '../live.ts';
import { AppActions } from '../parts/app-actions.tsx';
import { Graphs } from '../parts/graphs.tsx';
import { useKeys } from '../parts/keys.ts';
import { filterOf, LogBar } from '../parts/log-bar.tsx';
import { LogView } from '../parts/log-view.tsx';
import { Empty } from '../parts/notice.tsx';
import { Rolling } from '../parts/rolling.tsx';
import { Row } from '../parts/row.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { type AppView, appsOf, targetOf } from '../read/apps.ts';
import { COLUMNS } from '../read/listing.ts';
import { plain } from '../read/plain.ts';
import { runningSince } from '../read/rollout.ts';
import { linkTo, type Route } from '../route.ts';
import { useStore } from '../store.ts';
import { CrashesOf } from './crashes.tsx';
import { EventTable, matching } from './events.tsx';
import { InstanceConfig, InstanceWhy } from './instance.tsx';

const VIEWS = [
  { path: 'graphs', name: 'Graphs', key: '1' },
  { path: 'why', name: 'Why', key: '2' },
  { path: 'logs', name: 'Logs', key: '3' },
  { path: 'config', name: 'Config', key: '4' },
  { path: 'crashes', name: 'Crashes', key: '5' },
  { path: 'events', name: 'Events', key: '6' },
] as const;

export function AppPage({ route }: { readonly route: Route }) {
  const [, key = '', view = 'graphs'] = route.path;
  const all = useStore(overview);
  useKeys(
    VIEWS.map(({ path, name, key: digit }) => ({
      keys: digit,
      what: `${name} of this app`,
      run: () => {
        location.hash = linkTo(['app', key, path], { id: route.query.id });
      },
    })),
  );
  if (all === null)
    return (
      <p class="empty" aria-busy="true">
        Loading…
      </p>
    );
  const app = appsOf(all.instances).find((one) => one.key === key);
  if (app === undefined)
    return (
      <Empty>
        This app is not on the list any more. <a href="#/">All processes</a>
      </Empty>
    );
  const isSeveral = app.instances.length > 1;
  const chosen = isSeveral ? app.instances.find(({ id }) => String(id) === route.query.id) : app.instances[0];
  const target = targetOf(app, all.instances);
  return (
    <>
      <div class="head">
        <h1>
          {plain(app.name)}
          {app.namespace !== 'default' && <small> {plain(app.namespace)}</small>}
        </h1>
        <span class="soft">{summaryOf(app)}</span>
        <AppActions app={app} target={target} chosen={isSeveral ? chosen : undefined} />
      </div>
      <Reloading app={app} />
      <Instances app={app} at={all.at} chosen={isSeveral ? chosen : undefined} view={view} />
      <nav class="tabs" aria-label="Views of this app">
        {VIEWS.map(({ path, name }) => (
          <a
            key={path}
            href={linkTo(['app', key, path], { id: route.query.id })}
            aria-current={path === view ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <View view={view} app={app} chosen={chosen} target={target} route={route} />
    </>
  );
}

function summaryOf({ instances }: AppView): string {
  const [first] = instances;
  if (first === undefined) return '';
  return [
    first.execMode,
    first.version === 'N/A' ? null : `version ${plain(first.version)}`,
    first.nodeVersion === null ? null : `Node ${plain(first.nodeVersion)}`,
    first.watching ? 'watched' : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function Reloading({ app }: { readonly app: AppView }) {
  const watched = { name: app.name, ids: app.instances.map(({ id }) => id) };
  const since = runningSince(useStore(events), watched, Date.now());
  if (since === null) return null;
  return <Rolling name={app.name} instances={app.instances} since={since} />;
}

function Instances({
  app,
  at,
  chosen,
  view,
}: {
  readonly app: AppView;
  readonly at: number;
  readonly chosen: InstanceView | undefined;
  readonly view: string;
}) {
  return (
    <TableBox label="Processes of this app" extra="instances">
      {chosen !== undefined && (
        <p class="note">
          Process {chosen.slot} is chosen. <a href={linkTo(['app', app.key, view])}>All {app.instances.length}</a>
        </p>
      )}
      <table class="list">
        <caption class="hidden">Processes of this app</caption>
        <thead>
          <tr>
            {COLUMNS.map(({ key, title, hint, isNumber }) => (
              <th key={key} scope="col" title={hint} class={`col-${key}${isNumber ? ' number' : ''}`}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {app.instances.map((instance) => (
            <Row
              key={instance.id}
              instance={instance}
              isOneOfSeveral={app.instances.length > 1}
              isChosen={instance.id === chosen?.id}
              hasGeneration
              at={at}
            />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function View({
  view,
  app,
  chosen,
  target,
  route,
}: {
  readonly view: string;
  readonly app: AppView;
  readonly chosen: InstanceView | undefined;
  readonly target: string;
  readonly route: Route;
}): ComponentChildren {
  const [span, setSpan] = useState<HistorySpan>('hour');
  const one = chosen ?? app.instances[0];
  switch (view) {
    case 'graphs':
      return (
        <>
          <fieldset class="span">
            <legend class="hidden">Time shown</legend>
            {(['hour', 'day'] as const).map((name) => (
              <button key={name} type="button" aria-pressed={span === name} onClick={() => setSpan(name)}>
                Last {name}
              </button>
            ))}
          </fieldset>
          <Graphs instances={chosen === undefined ? app.instances : [chosen]} span={span} />
        </>
      );
    case 'why':
      return one === undefined ? null : <InstanceWhy key={one.id} instance={one} />;
    case 'config':
      return one === undefined ? null : <InstanceConfig key={one.id} instance={one} />;
    case 'logs':
      return (
        <>
          <LogBar hasTarget={false} />
          <LogView
            filter={filterOf(route.query, chosen === undefined ? target : String(chosen.id))}
            isSingle={chosen !== undefined}
          />
        </>
      );
    case 'crashes':
      return <CrashesOf name={app.name} />;
    case 'events':
      return <AppEvents app={app} />;
    default:
      return <Empty>There is no such view.</Empty>;
  }
}

function AppEvents({ app }: { readonly app: AppView }) {
  const ids = new Set(app.instances.map(({ id }) => id));
  const rows = matching(useStore(events), '').filter(({ id, name }) => (id === null ? name === app.name : ids.has(id)));
  return rows.length === 0 ? (
    <Empty>Nothing has happened that is still kept.</Empty>
  ) : (
    <EventTable rows={[...rows].reverse()} />
  );
}
