/** Each arrow of the house, seen to fail, by type-only imports too. */
import { scratchRepository, type ScratchRepository } from './scratch-repository.ts';

/** An import that no room may make, and the rule that says so. */
type Breach = readonly [rule: string, from: string, to: string];

const FORBIDDEN: readonly Breach[] = [
  ['base-may-import', 'src/base/a.ts', 'src/platform/target.ts'],
  ['base-may-import', 'src/base/b.ts', 'src/graphql/target.ts'],
  ['platform-may-import', 'src/platform/a.ts', 'src/reads/target.ts'],
  ['platform-may-import', 'src/platform/b.ts', 'src/partners/target.ts'],
  ['platform-may-import', 'src/platform/c.ts', 'src/config.ts'],
  ['reads-may-import', 'src/reads/a.ts', 'src/graphql/target.ts'],
  ['reads-may-import', 'src/reads/b.ts', 'src/platform/target.ts'],
  ['reads-may-import', 'src/reads/c.ts', 'src/incentives/target.ts'],
  ['versions-may-import', 'src/versions/a.ts', 'src/platform/target.ts'],
  ['versions-may-import', 'src/versions/b.ts', 'src/deprecations/target.ts'],
  ['graphql-may-import', 'src/graphql/a.ts', 'src/platform/target.ts'],
  ['graphql-may-import', 'src/graphql/b.ts', 'src/partners/target.ts'],
  ['partners-may-import', 'src/partners/a.ts', 'src/environments/target.ts'],
  ['partners-may-import', 'src/partners/b.ts', 'src/http/target.ts'],
  ['partners-may-import', 'src/partners/c.ts', 'src/app.ts'],
  ['environments-may-import', 'src/environments/a.ts', 'src/limits/target.ts'],
  ['environments-may-import', 'src/environments/b.ts', 'src/cli/target.ts'],
  ['limits-may-import', 'src/limits/a.ts', 'src/consent/target.ts'],
  ['deprecations-may-import', 'src/deprecations/a.ts', 'src/limits/target.ts'],
  ['consent-may-import', 'src/consent/a.ts', 'src/measurement/target.ts'],
  ['measurement-may-import', 'src/measurement/a.ts', 'src/incentives/target.ts'],
  ['incentives-may-import', 'src/incentives/a.ts', 'src/webhooks/target.ts'],
  ['incentives-may-import', 'src/incentives/b.ts', 'src/main.ts'],
  ['community-may-import', 'src/community/a.ts', 'src/governance/target.ts'],
  ['webhooks-may-import', 'src/webhooks/a.ts', 'src/governance/target.ts'],
  ['governance-may-import', 'src/governance/a.ts', 'src/webhooks/target.ts'],
  ['explorer-may-import', 'src/explorer/a.ts', 'src/partners/index.ts'],
  ['console-may-import', 'src/console/a.ts', 'src/base/target.ts'],
  ['every-room-has-its-place', 'src/loyalty/a.ts', 'src/base/target.ts'],
  ['http-enters-by-the-door', 'src/http/a.ts', 'src/partners/target.ts'],
  ['http-knows-no-composition', 'src/http/b.ts', 'src/config.ts'],
  ['room-type-is-ground', 'src/room.ts', 'src/partners/target.ts'],
  ['config-is-ground', 'src/config.ts', 'src/platform/target.ts'],
  ['rules-are-pure', 'src/partners/door.rules.ts', 'src/platform/target.ts'],
  ['rules-are-pure', 'src/partners/clock.rules.ts', 'pg'],
  ['entities-map-and-nothing-else', 'src/partners/door.entity.ts', 'src/platform/target.ts'],
  ['the-cost-calculator-stands-alone', 'src/limits/cost/a.ts', 'src/base/target.ts'],
  ['graphql-knows-no-tables', 'src/partners/door.graphql.ts', 'src/partners/door.entity.ts'],
  ['base-does-no-work', 'src/base/c.ts', 'node:fs'],
  ['production-knows-no-tests', 'src/partners/d.ts', 'test/target.ts'],
  ['production-knows-no-tests', 'src/partners/e.ts', 'src/partners/door.rules.test.ts'],
  ['imports-resolve', 'src/partners/f.ts', 'src/partners/missing.ts'],
  ['packages-are-declared', 'src/partners/g.ts', 'autocannon'],
];

const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ['src/platform/jobs.ts', 'src/room.ts'],
  ['src/graphql/page.ts', 'src/reads/target.ts'],
  ['src/environments/stands-on.ts', 'src/partners/target.ts'],
  ['src/incentives/stands-on.ts', 'src/measurement/target.ts'],
  ['src/governance/listens.ts', 'src/incentives/target.ts'],
  ['src/http/place.ts', 'src/environments/index.ts'],
  ['src/main.ts', 'src/config.ts'],
  ['src/app.ts', 'src/partners/target.ts'],
  ['src/cli/main.ts', 'src/limits/target.ts'],
  ['src/partners/grant.rules.ts', 'src/base/target.ts'],
  ['src/partners/grant.rules.test.ts', 'test/target.ts'],
  ['test/api/door.test.ts', 'src/partners/target.ts'],
];

const relative = (from: string, to: string): string => (/^(src|test)\//.test(to) ? `${'../'.repeat(from.split('/').length - 1)}${to}` : to);
/** A type-only import: the compiler drops it, the arrow holds for it all the same. */
const importing = (from: string, to: string): string => `import type * as target from '${relative(from, to)}';\nexport type Target = typeof target;\n`;

const ROOMS = 'base platform reads versions graphql partners environments limits deprecations consent measurement incentives webhooks governance http cli'.split(' ');
const TARGETS = Object.fromEntries(
  [
    ...ROOMS.map(room => `src/${room}/target.ts`),
    'src/partners/index.ts',
    'src/partners/door.rules.test.ts',
    'src/environments/index.ts',
    'src/app.ts',
    'src/main.ts',
    'src/config.ts',
    'src/room.ts',
    'test/target.ts',
    'ormconfig.ts',
  ].map(file => [file, 'export const one = 1;\n']),
);

/** What depcruise reports, as `rule: from`. */
function breaches(repository: ScratchRepository): { passed: boolean; found: string[] } {
  const { passed, output } = repository.run('structure:check', '--output-type', 'json');
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return { passed, found: summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`) };
}

describe('with every arrow broken once', () => {
  let repository: ScratchRepository;
  let found: string[];

  beforeAll(() => {
    repository = scratchRepository({
      ...TARGETS,
      ...Object.fromEntries(FORBIDDEN.map(([, from, to]) => [from, importing(from, to)])),
      'src/limits/circle-a.ts': "import { b } from './circle-b.ts';\nexport const a = (): unknown => b;\n",
      'src/limits/circle-b.ts': "import { a } from './circle-a.ts';\nexport const b = (): unknown => a;\n",
    });
    found = breaches(repository).found;
  });
  afterAll(() => repository.remove());

  test.each(FORBIDDEN)('%s refuses that %s imports %s', (rule, from) => {
    expect(found).toContain(`${rule}: ${from}`);
  });

  test('no-circles refuses two files that import each other', () => {
    expect(found).toContain('no-circles: src/limits/circle-a.ts');
  });
});

test('every arrow that the house has is allowed, and GraphQL types may name each other', () => {
  const repository = scratchRepository({
    ...TARGETS,
    ...Object.fromEntries(ALLOWED.map(([from, to]) => [from, importing(from, to)])),
    'src/incentives/milestone.graphql.ts': "import { Reward } from './reward.graphql.ts';\nexport class Milestone { reward = (): unknown => Reward; }\n",
    'src/incentives/reward.graphql.ts': "import { Milestone } from './milestone.graphql.ts';\nexport class Reward { milestone = (): unknown => Milestone; }\n",
  });
  try {
    expect(breaches(repository)).toEqual({ passed: true, found: [] });
  } finally {
    repository.remove();
  }
});
