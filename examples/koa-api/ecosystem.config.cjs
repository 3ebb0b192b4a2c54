module.exports = {
  apps: [{ name: 'koa-api', script: 'server.js', instances: 2, exec_mode: 'cluster', env: { PORT: 3000 } }],
};
