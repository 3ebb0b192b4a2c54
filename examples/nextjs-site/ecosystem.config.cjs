// `npm run build` first. Two ways to run the same build; one of them is enough.
const env = {
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
};

module.exports = {
  apps: [
    {
      name: 'next-start',
      script: 'npm start',
      instances: 2,
      exec_mode: 'cluster',
      env: { ...env, PORT: 3000 },
    },
    {
      name: 'next-standalone',
      script: '.next/standalone/server.js',
      instances: 2,
      exec_mode: 'cluster',
      env: { ...env, PORT: 3001, HOSTNAME: '0.0.0.0' },
    },
  ],
};
