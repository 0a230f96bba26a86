/**
 * The explorer for partner engineers: GraphiQL at `/explorer`, from files that
 * scripts/build-explorer.mjs made. The page loads nothing from any other origin, and its
 * Content-Security-Policy holds it to that.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** A token that the page uses without asking anybody; made from sample data's credentials only. */
export interface DemoToken {
  /** What the page's switch calls the environment, e.g. `Live`. */
  label: string;
  environmentId: string;
  accessToken: string;
  /** RFC 3339. */
  expiresAt: string;
}

export interface ExplorerOptions {
  /** The folder of the built page. */
  root: string;
  /** Fresh tokens of the demo's environments, the page's first choice first; null outside demo mode. */
  demoTokens: (() => Promise<DemoToken[]>) | null;
}

/**
 * Workers inherit nothing from the page, so the files carry the policy too. Monaco writes its
 * themes and positions as inline styles; its icons are a font file, some of its marks data URLs.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function explorerRoutes({ root, demoTokens }: ExplorerOptions): (server: FastifyInstance) => Promise<void> {
  return async server => {
    await server.register(async scope => {
      scope.addHook('onRequest', async (_request, reply) => {
        reply.headers({ 'content-security-policy': CONTENT_SECURITY_POLICY, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
      });

      await scope.register(fastifyStatic, {
        root: join(root, 'assets'),
        prefix: '/explorer/assets/',
        index: false,
        // A file's name holds the hash of its content.
        immutable: true,
        maxAge: '1y',
        preCompressed: true,
        suppressWarning: true,
      });

      for (const path of ['/explorer', '/explorer/']) {
        scope.get(path, async (_request, reply) => {
          if (!existsSync(join(root, 'index.html'))) {
            return reply
              .code(503)
              .header('cache-control', 'no-store')
              .type('text/plain; charset=utf-8')
              .send('The explorer has not been built. Run "npm run build:explorer", then reload this page.\n');
          }
          // The page names the files of one build: an old copy would ask for files that are gone.
          return reply.header('cache-control', 'no-cache').sendFile('index.html', root, { cacheControl: false });
        });
      }

      scope.get('/explorer/config.json', async (_request, reply) => reply.header('cache-control', 'no-store').send({ demo: demoTokens !== null }));

      scope.get('/explorer/demo-token', async (_request, reply) => {
        if (!demoTokens) return reply.callNotFound();
        const environments = await demoTokens();
        // Any site may call the API with a token of its own; these it may not fetch.
        reply.removeHeader('access-control-allow-origin');
        return reply.header('cache-control', 'no-store').send({ accessToken: environments[0]?.accessToken, expiresAt: environments[0]?.expiresAt, environments });
      });
    });
  };
}
