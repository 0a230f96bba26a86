/** Load from a process of its own: `node load.js <url> <token> <query> <seconds>`. */
import autocannon from 'autocannon';

const [, , url, token, query, seconds] = process.argv;
const result = await autocannon({
  url: url!,
  connections: 32,
  duration: Number(seconds),
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  body: JSON.stringify({ query }),
});
if (result.non2xx > 0) throw new Error(`${result.non2xx} refusals.`);
process.send!({ requests: result.requests.total }, () => process.exit(0));
