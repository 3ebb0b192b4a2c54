// Does not end when it is asked to.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
require('node:net').createServer().listen(0, '127.0.0.1');
