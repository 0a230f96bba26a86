/**
 * Builds the explorer for `/explorer`: scripts/build-explorer.mjs runs it and says where to. While
 * the page is worked on, `npx vite src/explorer/app` serves it in front of a gateway on port 4000.
 */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const gateway = 'http://127.0.0.1:4000';

export default defineConfig({
  base: '/explorer/',
  plugins: [react()],
  build: {
    // What top-level await needs.
    target: 'es2022',
    reportCompressedSize: false,
    // Monaco is one lazy chunk of about 2 MB: the usual warning would come with every build.
    chunkSizeWarningLimit: 4_096,
    rolldownOptions: {
      // GraphiQL's files speak to React's compiler, which has already run on them.
      onLog(level, log, report) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
  server: {
    proxy: { '/graphql': gateway, '/oauth': gateway, '/versions.json': gateway, '/explorer/config.json': gateway, '/explorer/demo-token': gateway },
  },
});
