/** The name of a process in a table of what happened; it leads to the app as long as that is on the list. */
import { overview } from '../live.ts';
import { plain } from '../read/plain.ts';
import { linkTo } from '../route.ts';
import { useStore } from '../store.ts';

export function ProcessName({ name, id }: { readonly name: string | null; readonly id: number | null }) {
  const all = useStore(overview)?.instances ?? [];
  if (name === null) return null;
  const found = all.find((one) => one.name === name && (id === null || one.id === id));
  return (
    <>
      {found === undefined ? plain(name) : <a href={linkTo(['app', found.appKey])}>{plain(name)}</a>}
      {id !== null && <small> {id}</small>}
    </>
  );
}
