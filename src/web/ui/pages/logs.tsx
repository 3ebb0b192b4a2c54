/** The logs of all processes, or of one. */
import { filterOf, LogBar } from '../parts/log-bar.tsx';
import { LogView } from '../parts/log-view.tsx';
import { useRoute } from '../route.ts';

export function LogsPage() {
  const { query } = useRoute();
  return (
    <>
      <h1 class="hidden">Logs</h1>
      <LogBar hasTarget />
      <LogView filter={filterOf(query, query.target ?? 'all')} isSingle={/^\d+$/.test(query.target ?? '')} />
    </>
  );
}
