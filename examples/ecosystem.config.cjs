// Three real programs under one supervisor. Paths are relative to this file.
module.exports = {
  apps: [
    {
      name: 'api',
      script: './express-api/server.js',
      env: { NODE_ENV: 'development', PORT: 3000 },
      env_production: { NODE_ENV: 'production' },
      max_memory_restart: '300M',
    },
    {
      name: 'worker',
      script: './python-worker/worker.py',
      exec_mode: 'fork',
      instances: 2,
      env: { PAUSE: '2' },
      kill_timeout: 5000,
    },
    {
      name: 'heartbeat',
      script: './shell-script/heartbeat.sh',
      env: { EVERY: '10' },
      exp_backoff_restart_delay: 100,
    },
  ],
};
