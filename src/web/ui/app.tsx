/** The frame of the page: where one can go, whether somebody answers, and the page that the address names. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { isRefused } from './ask.ts';
import { connection, daemon, overview } from './live.ts';
import { AlertsPage } from './pages/alerts.tsx';
import { AppPage } from './pages/app.tsx';
import { CrashPage } from './pages/crash.tsx';
import { CrashesPage } from './pages/crashes.tsx';
import { EventsPage } from './pages/events.tsx';
import { FlamePage } from './pages/flame.tsx';
import { LogsPage } from './pages/logs.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { ProfilesPage } from './pages/profiles.tsx';
import { ActionDialog } from './parts/act.tsx';
import { Announcer } from './parts/announcer.tsx';
import { Help } from './parts/help.tsx';
import { useKeys } from './parts/keys.ts';
import { Empty } from './parts/notice.tsx';
import { nextTheme, theme } from './parts/theme.ts';
import { plain } from './read/plain.ts';
import { go, linkTo, type Route, useRoute } from './route.ts';
import { useStore } from './store.ts';

const PLACES = [
  { path: [], name: 'Processes', key: 'o' },
  { path: ['logs'], name: 'Logs', key: 'l' },
  { path: ['events'], name: 'Events', key: 'e' },
  { path: ['alerts'], name: 'Alerts', key: 'a' },
  { path: ['crashes'], name: 'Crashes', key: 'c' },
  { path: ['profiles'], name: 'Profiles', key: 'p' },
] as const;

export function App() {
  const route = useRoute();
  const [hasHelp, setHelp] = useState(false);
  const refused = useStore(isRefused);
  useKeys([
    { keys: '?', what: 'These keys', run: () => setHelp(true) },
    ...PLACES.map(({ path, name, key }) => ({ keys: `g ${key}`, what: `Go to ${name}`, run: () => go(path) })),
    { keys: 't', what: 'Dark, light, or as the system', run: nextTheme },
  ]);
  useFocusOnMove(route);
  if (refused) return <Refused />;
  const [place = ''] = route.path;
  return (
    <>
      <a class="skip" href={`${linkTo(route.path, route.query)}`} onClick={skipToMain}>
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="#/" aria-label="Upkeep: all processes">
          Upkeep
        </a>
        <nav aria-label="Pages">
          {PLACES.map(({ path, name }) => (
            <a
              key={name}
              href={linkTo(path)}
              aria-current={(path[0] ?? '') === place || (path.length === 0 && place === 'app') ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <div class="tools">
          <LiveSign />
          <ThemeButton />
          <button type="button" class="quiet icon" aria-label="Keys" title="Keys (?)" onClick={() => setHelp(true)}>
            ?
          </button>
        </div>
      </header>
      <Banner />
      <main id="main" tabIndex={-1}>
        <Page route={route} />
      </main>
      <Announcer />
      <ActionDialog />
      {hasHelp && <Help onClose={() => setHelp(false)} />}
    </>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** A screen reader hears of another page when the focus goes there; the address alone says nothing. */
function useFocusOnMove(route: Route): void {
  const path = route.path.join('/');
  const isFirst = useRef(true);
  useEffect(() => {
    const title = document.querySelector('main h1')?.textContent ?? '';
    document.title = title === '' ? 'Upkeep' : `${title} · Upkeep`;
    if (!isFirst.current) document.getElementById('main')?.focus({ preventScroll: true });
    if (!isFirst.current) scrollTo(0, 0);
    isFirst.current = false;
  }, [path]);
}

function Page({ route }: { readonly route: Route }) {
  const [place, first] = route.path;
  switch (place) {
    case undefined:
      return <OverviewPage />;
    case 'app':
      return <AppPage key={first} route={route} />;
    case 'logs':
      return <LogsPage />;
    case 'events':
      return <EventsPage />;
    case 'alerts':
      return <AlertsPage />;
    case 'crashes':
      return first === undefined ? <CrashesPage /> : <CrashPage key={first} crash={first} />;
    case 'profiles':
      return first === undefined ? <ProfilesPage /> : <FlamePage key={first} file={first} />;
    default:
      return (
        <Empty>
          There is no such page. <a href="#/">All processes</a>
        </Empty>
      );
  }
}

function LiveSign() {
  const state = useStore(connection);
  const { isUp } = useStore(daemon);
  const [tone, word] =
    state === 'live'
      ? isUp
        ? ['good', 'live']
        : ['bad', 'daemon away']
      : state === 'lost'
        ? ['bad', 'not connected']
        : ['busy', 'connecting'];
  return (
    <span class={`status ${tone} live-sign`} role="status">
      <span class="sign" aria-hidden="true">
        {tone === 'good' ? '●' : tone === 'busy' ? '◐' : '!'}
      </span>
      <span class="word">{word}</span>
    </span>
  );
}

function ThemeButton() {
  const chosen = useStore(theme);
  const [sign, name] =
    chosen === 'dark' ? ['☾', 'dark'] : chosen === 'light' ? ['☀', 'light'] : ['◑', 'as the system has them'];
  return (
    <button
      type="button"
      class="quiet icon"
      title={`Colours: ${name} (t)`}
      aria-label={`Colours: ${name}`}
      onClick={nextTheme}
    >
      {sign}
    </button>
  );
}

function Banner() {
  const state = useStore(connection);
  const { isUp, why } = useStore(daemon);
  const hasView = useStore(overview) !== null;
  const text =
    state === 'lost'
      ? "Upkeep's web server does not answer; what is shown is old. It is tried again by itself."
      : !isUp
        ? `The daemon is away${why === null ? '' : ` (${plain(why)})`}. Apps go on without it; it comes back by itself, and so does this page.`
        : null;
  return (
    <div role="alert">{text !== null && (hasView || state === 'lost' || !isUp) && <p class="banner">{text}</p>}</div>
  );
}

function Refused() {
  return (
    <main class="refused">
      <h1>This browser is not let in any more</h1>
      <p>The address that it was opened with is not valid now: the token was renewed, or this browser has lost it.</p>
      <p>
        On the machine, run <code>upkeep web</code> and open the address that it prints.
      </p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        Try again
      </button>
    </main>
  );
}
