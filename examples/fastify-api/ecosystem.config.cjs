module.exports = {
  apps: [{ name: 'fastify-api', script: 'server.js', instances: 2, exec_mode: 'cluster', env: { PORT: 3000 } }],
};
