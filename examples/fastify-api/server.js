// Fastify as an ES module, with top-level await.
import cluster from 'node:cluster';
import Fastify from 'fastify';

const app = Fastify();
app.get('/', () => ({ pid: process.pid, worker: cluster.worker?.id ?? null }));

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' });
console.log('listening');
