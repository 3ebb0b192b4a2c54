/** A part that is drawn anew only when what it is given has changed. Preact keeps this in its layer for React's users, which is larger than all else here. */
import { Component, type ComponentChild, type FunctionComponent } from 'preact';

export function memo<P extends object>(part: (props: P) => ComponentChild): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const now = this.props as P;
      return (Object.keys(next) as (keyof P)[]).some((key) => next[key] !== now[key]);
    }
    override render(props: P): ComponentChild {
      return part(props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
