/** Which apps have their sockets given to them. Without one answer the parts of the daemon would treat one app differently. */
import type { AppSpec, DeclaredSocket } from './terms.ts';

export const declaredBy = (spec: AppSpec): readonly DeclaredSocket[] => spec.listen ?? [];

/** Its processes inherit sockets, which they share as long as any of them runs. */
export const declaresSockets = (spec: AppSpec): boolean => declaredBy(spec).length > 0;
