/** What an answer that is missing looks like: being asked for, failed with the reason, or nothing there. */
import type { ComponentChildren } from 'preact';
import type { Answer } from '../ask.ts';
import { plain } from '../read/plain.ts';

export function Failure({ error, onAgain }: { readonly error: string; readonly onAgain?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <span>{plain(error)}</span>
      {onAgain !== undefined && (
        <button type="button" onClick={onAgain}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Shows the answer; meanwhile, or instead, what there is to say. */
export function Shown<T>({
  answer,
  children,
}: {
  readonly answer: Answer<T>;
  readonly children: (value: T) => ComponentChildren;
}) {
  return (
    <>
      {answer.error !== null && <Failure error={answer.error} onAgain={answer.again} />}
      {answer.value !== null
        ? children(answer.value)
        : answer.isLoading && (
            <p class="empty" aria-busy="true">
              Loading…
            </p>
          )}
    </>
  );
}
