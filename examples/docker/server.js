// Runs on any Node without a dependency: the container is the example.
import { createServer } from 'node:http';

const port = Number(process.env.PORT ?? 3000);
createServer((_, response) => {
  response.end(`hello from ${process.pid}\n`);
}).listen(port, () => console.log(`process ${process.pid} serves port ${port}`));
