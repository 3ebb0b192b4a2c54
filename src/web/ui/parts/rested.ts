/** Whether the page has been out of sight for long. A browser has six lines to a server; who is not looked at gives his back. */
import { useEffect, useState } from 'preact/hooks';

export const HIDDEN_MS = 60_000;

export function useRested(): boolean {
  const [isResting, setResting] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const look = (): void => {
      if (timer !== null) clearTimeout(timer);
      timer = document.hidden ? setTimeout(() => setResting(true), HIDDEN_MS) : null;
      if (!document.hidden) setResting(false);
    };
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      if (timer !== null) clearTimeout(timer);
    };
  }, []);
  return isResting;
}
