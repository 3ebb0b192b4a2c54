module.exports = {
  apps: [
    {
      name: 'typescript-api',
      script: 'server.ts',
      interpreter: 'node',
      // Not needed on Node 22.18 and newer.
      node_args: '--import tsx',
      instances: 2,
      exec_mode: 'cluster',
      env: { PORT: 3000 },
    },
  ],
};
