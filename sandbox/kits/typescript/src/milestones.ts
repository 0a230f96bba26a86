/** Prints your milestones, and how near you are to each. */
import type { MilestonesQuery } from './generated/graphql.js';
import { graphql } from './generated/index.js';
import { Portico } from './portico.js';

const Milestones = graphql(`
  query Milestones($after: String) {
    milestones(first: 5, after: $after) {
      nodes {
        title
        reward {
          title
        }
        progress(first: 1) {
          nodes {
            percentComplete
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const { PORTICO_URL = 'http://127.0.0.1:4000', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;
const portico = new Portico(PORTICO_URL, CLIENT_ID, CLIENT_SECRET);

let after: string | null = null;
let more = true;
while (more) {
  const { milestones }: MilestonesQuery = await portico.ask(Milestones, { after });
  for (const { title, reward, progress } of milestones.nodes) {
    const percent = progress.nodes[0]?.percentComplete;
    console.log(`${title}: ${percent == null ? 'not begun' : `${percent} %`}; ${reward?.title ?? 'no reward of its own'}`);
  }
  more = milestones.pageInfo.hasNextPage;
  after = milestones.pageInfo.endCursor ?? null;
}
