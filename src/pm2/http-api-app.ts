/**
 * The HTTP API as an app like any other, as PM2 starts it. Without the one description `upkeep-runtime --web` and its
 * users would disagree on its name and its port.
 */

export const HTTP_API_NAME = 'pm2-http-interface';
export const DEFAULT_PORT = 9615;

/** @param port null: as the environment or the default says */
export function httpApiApp(script: string, port: string | null): Readonly<Record<string, unknown>> {
  return {
    name: HTTP_API_NAME,
    script,
    exec_mode: 'fork',
    runtime: false,
    ...(port === null ? {} : { env: { PM2_WEB_PORT: port, PM2_API_PORT: port } }),
  };
}
