/** The staff's guide is right: its commands, run in their order by a shell, take a notice from a draft to
    its publication. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../checks/scratch-repository.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededStaff } from '../harness/seed.ts';

const guide = readFileSync(join(repositoryRoot, 'docs/guides/deprecations.md'), 'utf8');

let gateway: TestApp;

beforeAll(async () => {
  gateway = await startTestApp();
  // The guide's dates are to come.
  gateway.clock.moveTo('2026-11-23T09:30:00Z');
});
afterAll(() => gateway.close());

interface Step {
  readonly notice?: { readonly id: string; readonly review: string; readonly round: number; readonly approvalsNeeded: number };
  readonly userErrors?: readonly unknown[];
}

test('its commands write, submit and approve a notice, and show who would break', async () => {
  const [author, second, third] = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD')];
  await gateway.seed.live();
  const [draft, approval, impact, ...more] = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands]) => commands!);
  expect(more).toEqual([]);
  const as = (commands: string, { staffId, clientSecret }: SeededStaff): string =>
    commands.replace('http://127.0.0.1:4000', gateway.url).replace('stf_...', staffId).replace('pcs_...', clientSecret).replaceAll('dpn_...', "'$NOTICE'");
  // The guide's reader copies the id from the first answer into the commands after it.
  const [create, submit] = as(draft!, author).split('\nact submit') as [string, string];
  const script = [
    create.replace('\nact create', '\nMADE=$(act create') + ')',
    'echo "$MADE"',
    `NOTICE=$(echo "$MADE" | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')`,
    `act submit${submit}echo`,
    `${as(approval!, second)}echo`,
    `${as(approval!, third)}echo`,
    impact!,
  ].join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-e', '-c', script]);
  const answers = stdout.split('\n').flatMap(line => (line.trim() === '' ? [] : Object.values((JSON.parse(line) as { data: Record<string, Step> }).data)));
  expect(answers.map(({ notice, userErrors }) => [notice?.review, userErrors])).toEqual([
    ['DRAFT', []],
    ['IN_REVIEW', []],
    ['IN_REVIEW', []],
    ['APPROVED', []],
    [undefined, undefined],
  ]);
  expect(answers.at(-1)).toEqual([]);
});
