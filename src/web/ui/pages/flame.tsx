/** One profile as a flame graph, and its functions in a table. */
import { useMemo, useState } from 'preact/hooks';
import { messageOf, useAnswer } from '../ask.ts';
import { FlameGraph } from '../parts/flame-graph.tsx';
import { Empty, Failure, Shown } from '../parts/notice.tsx';
import { TableBox } from '../parts/table-box.tsx';
import { bytes, lasting } from '../read/format.ts';
import { plain } from '../read/plain.ts';
import { hottest, placeOf, type ReadProfile, readProfile } from '../read/profile.ts';
import { linkTo } from '../route.ts';

const ROWS = 25;

export function FlamePage({ file }: { readonly file: string }) {
  const path = `/api/profiles/${encodeURIComponent(file)}`;
  const answer = useAnswer<unknown>(path);
  return (
    <>
      <p class="way">
        <a href={linkTo(['profiles'])}>Profiles</a>
      </p>
      <h1>{plain(file)}</h1>
      <p>
        <a href={path} download>
          Download
        </a>{' '}
        <span class="soft">for the developer tools of a browser or an editor</span>
      </p>
      <Shown answer={answer}>{(json) => <Read json={json} />}</Shown>
    </>
  );
}

type Outcome = { readonly profile: ReadProfile } | { readonly error: string };

function Read({ json }: { readonly json: unknown }) {
  const [word, setWord] = useState('');
  const read = useMemo((): Outcome => {
    try {
      return { profile: readProfile(json) };
    } catch (error) {
      return { error: messageOf(error) };
    }
  }, [json]);
  if ('error' in read) return <Failure error={read.error} />;
  const { root, kind } = read.profile;
  const write = (value: number): string => (kind === 'cpu' ? lasting(value / 1000) : bytes(value));
  if (root.total === 0) return <Empty>{kind === 'cpu' ? 'It was idle all the time.' : 'Nothing was allocated.'}</Empty>;
  return (
    <>
      <div class="bar">
        <input
          type="search"
          class="grow"
          placeholder="Find a function or file"
          aria-label="Find a function or file"
          value={word}
          onInput={(event) => setWord(event.currentTarget.value)}
        />
        <p class="tally legend">
          {(['app', 'package', 'node', 'engine'] as const).map((origin) => (
            <span key={origin}>
              <i style={{ background: `var(--flame-${origin})` }} /> {origin === 'app' ? 'own code' : origin}
            </span>
          ))}
        </p>
      </div>
      <FlameGraph root={root} word={word} write={write} />
      <h2>{kind === 'cpu' ? 'Where the time went' : 'Where memory was allocated'}</h2>
      <TableBox label="Functions">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Function</th>
              <th scope="col" class="number">
                Itself
              </th>
              <th scope="col" class="number">
                With what it called
              </th>
            </tr>
          </thead>
          <tbody>
            {hottest(root, ROWS).map((hot) => (
              <tr key={`${hot.name} ${hot.url} ${hot.line}`}>
                <th scope="row" class="mono">
                  {plain(hot.name)}
                </th>
                <td class="number">
                  {write(hot.self)} <small>{((hot.self / root.total) * 100).toFixed(1)} %</small>
                </td>
                <td class="number">{write(hot.total)}</td>
                <td class="mono soft" title={plain(hot.url)}>
                  {plain(placeOf(hot))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </>
  );
}
