module.exports = {
  apps: [{ name: 'socketio-chat', script: 'server.js', instances: 2, exec_mode: 'cluster', env: { PORT: 3000 } }],
};
