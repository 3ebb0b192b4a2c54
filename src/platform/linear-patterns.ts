/**
 * Regular expressions in linear time. V8 tries all ways first, and goes over to its other engine when that takes too long;
 * without it the time of an unlucky pattern doubles with each character.
 */
import { setFlagsFromString } from 'node:v8';

let isLinear = false;

/** For what is compiled from now on in this process. */
export function makeLinear(): void {
  if (isLinear) return;
  isLinear = true;
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
}
