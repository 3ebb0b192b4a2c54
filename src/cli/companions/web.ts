/**
 * The program of the HTTP API's process. Without an entry of its own it could not be supervised like an app.
 */
import { serveHttpApi } from '../../pm2/http-api.ts';

serveHttpApi(process.env).catch((error: Error) => {
  process.stderr.write(`the HTTP API cannot start: ${error.message}\n`);
  process.exit(1);
});
