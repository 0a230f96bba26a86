/**
 * The limit that Portico is measured against: node:http and pg with nothing between them. One
 * hand-written statement a document, its text passed through; no authentication, no tenant context,
 * no versions, no log.
 *
 *   node limit-server.js <database URL> <environment id>
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { LIMIT_STATEMENTS, type LimitRequest } from './limit-statements.ts';

const [, , url, environmentId] = process.argv;
const pool = new pg.Pool({ connectionString: url!, max: 10 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { operationName, variables } = JSON.parse(Buffer.concat(chunks).toString()) as LimitRequest;
    const { headers } = request;
    const { name, text, values } = LIMIT_STATEMENTS[operationName]!;
    pool
      .query<{ j: string }>({
        name,
        text,
        values: values({ environmentId: environmentId!, partnerId: headers['x-partner-id'] as string, integrationId: headers['x-integration-id'] as string }, variables),
      })
      .then(
        ({ rows }) => {
          const body = rows[0]!.j;
          response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }).end(body);
        },
        (error: Error) => response.writeHead(500).end(error.message),
      );
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
