// `npm run build` first.
module.exports = {
  apps: [{ name: 'nestjs-api', script: 'dist/cjs/main.js', instances: 2, exec_mode: 'cluster', env: { PORT: 3000 } }],
};
