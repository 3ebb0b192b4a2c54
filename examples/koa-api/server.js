// Koa as CommonJS.
const cluster = require('node:cluster');
const Koa = require('koa');

const app = new Koa();
app.use((context) => {
  context.body = { pid: process.pid, worker: cluster.worker?.id ?? null };
});
app.listen(Number(process.env.PORT ?? 3000), () => console.log('listening'));
