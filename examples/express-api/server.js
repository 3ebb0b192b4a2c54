// A small API as many are: Express, one JSON line per request on stdout, errors on stderr.
import express from 'express';

const app = express();
const port = Number(process.env.PORT ?? 3000);

app.use((request, response, next) => {
  const startedAt = performance.now();
  response.on('finish', () => {
    const ms = Math.round(performance.now() - startedAt);
    console.log(
      JSON.stringify({
        time: new Date().toISOString(),
        method: request.method,
        url: request.url,
        status: response.statusCode,
        ms,
      }),
    );
  });
  next();
});

app.get('/', (_request, response) => {
  response.json({
    hello: 'from Upkeep',
    instance: process.env.NODE_APP_INSTANCE,
    pid: process.pid,
    uptime: Math.round(process.uptime()),
  });
});

app.get('/health', (_request, response) => {
  response.send('ok');
});

// Try it: `curl localhost:3000/crash`, then `upkeep why api`.
app.get('/crash', (_request, response) => {
  response.send('bye');
  setImmediate(() => {
    throw new Error('somebody asked for a crash');
  });
});

app.listen(port, (error) => {
  if (error) throw error;
  console.log(`listening on ${port}`);
});
