/**
 * The arrows of the house: which room may import which. A room that is not named here may be
 * imported by nobody and may import nothing of src, so a new one is placed on purpose.
 */

/** What every room may stand on. */
const GROUND = ['base', 'pages', 'platform', 'graphql', 'reads', 'versions'];

/** Each room and the rooms that it may import, itself left out. */
const ROOMS = {
  base: [],
  pages: ['base'],
  platform: ['base'],
  reads: ['base'],
  versions: ['base', 'reads', 'graphql'],
  graphql: ['base', 'reads'],
  partners: GROUND,
  environments: [...GROUND, 'partners'],
  limits: [...GROUND, 'partners', 'environments'],
  deprecations: [...GROUND, 'partners', 'environments'],
  upgrades: [...GROUND, 'partners', 'environments', 'limits', 'deprecations'],
  consent: [...GROUND, 'partners', 'environments'],
  measurement: [...GROUND, 'partners', 'environments', 'limits', 'deprecations', 'consent'],
  incentives: [...GROUND, 'partners', 'environments', 'limits', 'deprecations', 'consent', 'measurement'],
  community: [...GROUND, 'partners', 'environments', 'limits', 'deprecations', 'consent', 'measurement', 'incentives'],
  onboarding: [...GROUND, 'partners', 'environments', 'limits', 'deprecations', 'consent', 'measurement', 'incentives'],
  webhooks: [...GROUND, 'partners', 'environments', 'limits', 'deprecations', 'consent', 'measurement', 'incentives'],
  governance: [...GROUND, 'partners', 'environments', 'limits', 'deprecations', 'consent', 'measurement', 'incentives'],
  // They serve the pages that a browser shows; the pages have a build of their own.
  explorer: [],
  console: [],
};

/** Rooms of a domain: the road enters them by their door alone. */
const DOMAINS = [
  'partners',
  'environments',
  'limits',
  'deprecations',
  'upgrades',
  'consent',
  'measurement',
  'incentives',
  'onboarding',
  'community',
  'webhooks',
  'governance',
  'explorer',
  'console',
];

const room = name => `^src/${name}/`;
/** Everything of src but the named rooms; `room.ts` is the type of a room's hand-over, open to all. */
const outside = names => `^src/(?!room[.]ts$${names.map(name => `|${name}/`).join('')})`;

const arrows = Object.entries(ROOMS).map(([name, allowed]) => ({
  name: `${name}-may-import`,
  comment: `${name} may import ${allowed.join(', ') || 'no other room'}.`,
  severity: 'error',
  from: { path: room(name) },
  to: { path: outside([name, ...allowed]) },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'every-room-has-its-place',
      comment: 'This folder of src is unknown: give it its arrows in .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${[...Object.keys(ROOMS), 'cli', 'http'].join('|')})/` },
      to: {},
    },
    {
      name: 'http-enters-by-the-door',
      comment: "http imports a domain's room by its index.ts only.",
      severity: 'error',
      from: { path: room('http') },
      to: { path: `^src/(${DOMAINS.join('|')})/`, pathNot: '^src/[^/]+/index[.]ts$' },
    },
    {
      name: 'http-knows-no-composition',
      comment: 'http gets what it needs handed over; it does not import app.ts, main.ts, config.ts or cli.',
      severity: 'error',
      from: { path: room('http') },
      to: { path: '^src/((main|app|config)[.]ts$|cli/)' },
    },
    {
      name: 'room-type-is-ground',
      comment: 'room.ts is open to every room; it names what the ground hands to rooms and takes of them, and no room.',
      severity: 'error',
      from: { path: '^src/room[.]ts$' },
      to: { path: outside(['base', 'platform', 'versions']) },
    },
    {
      name: 'config-is-ground',
      comment: 'config.ts reads the environment and nothing else; it imports base only.',
      severity: 'error',
      from: { path: '^src/config[.]ts$' },
      to: { path: outside(['base']) },
    },
    {
      name: 'no-circles',
      comment: 'Two GraphQL types may name each other, by thunks; nothing else may close a circle.',
      severity: 'error',
      from: {},
      to: { circular: true, via: { pathNot: '[.]graphql[.]ts$' } },
    },
    {
      name: 'rules-are-pure',
      comment: '*.rules.ts decides and does nothing else: it imports base, versions and other rules.',
      severity: 'error',
      from: { path: '[.]rules[.]ts$' },
      to: { pathNot: '^src/(base|versions)/|[.]rules[.]ts$|^(node:)?crypto$' },
    },
    {
      name: 'entities-map-and-nothing-else',
      comment: "*.entity.ts is TypeORM's mapping of a table.",
      severity: 'error',
      from: { path: '[.]entity[.]ts$' },
      to: { pathNot: '[.](entity|rules)[.]ts$|^src/base/|^node_modules/(typeorm|reflect-metadata)/' },
    },
    {
      name: 'the-cost-calculator-stands-alone',
      comment: 'src/limits/cost reckons from a schema and a document: it imports graphql and itself, so that it can be a package of its own.',
      severity: 'error',
      from: { path: '^src/limits/cost/' },
      to: { pathNot: '^src/limits/cost/|node_modules/graphql/' },
    },
    {
      name: 'graphql-knows-no-tables',
      comment: 'A GraphQL class and an entity are never the same class.',
      severity: 'error',
      from: { path: '[.]graphql[.]ts$' },
      to: { path: '[.]entity[.]ts$|^node_modules/typeorm/' },
    },
    {
      name: 'base-does-no-work',
      comment: 'base and versions are words without input or output.',
      severity: 'error',
      from: { path: '^src/(base|versions)/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|net|http|https|http2|dgram|dns|child_process|worker_threads|cluster|tls)(/|$)' },
    },
    {
      name: 'production-knows-no-tests',
      comment: 'Only tests import what stands under test/, and other tests are imported by nobody.',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]test[.]ts$' },
      to: { path: '^test/|[.]test[.]ts$' },
    },
    {
      name: 'imports-resolve',
      comment: 'The imported file or package does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'packages-are-declared',
      comment: 'src imports only what package.json lists under dependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript interface to parse with; swc sees type-only imports too.
    parser: 'swc',
    tsPreCompilationDeps: true,
    // swc is not told about JSX. The pages reach no room anyhow: .oxlintrc.json sees to that.
    exclude: { path: '^(src/(explorer|console)/app|test/bench/peers)/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'], extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'] },
  },
};
