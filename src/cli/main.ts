/** The `portico` command: what operators do from a shell, with the settings of the environment. */
import { Command, InvalidArgumentError, Option, type CommanderError } from 'commander';
import { ENVIRONMENT_KINDS } from '../limits/limit-policy.rules.ts';
import { DEFAULT_MAXIMUM_COST } from '../limits/maximum-cost.ts';
import { INTEGRATION_CATEGORIES, STAFF_ROLES } from '../partners/partner.rules.ts';
import { FORMATS } from '../versions/diff/diff.ts';

/** An action that loads its module when it is called: the schema tools start without the whole server. */
const lazily =
  <Module, Args extends unknown[]>(load: () => Promise<Module>, action: (module: Module) => (...args: Args) => void | Promise<void>) =>
  async (...args: Args): Promise<void> =>
    await action(await load())(...args);

const database = () => import('./database.commands.ts');
const people = () => import('./people.commands.ts');
const limiting = () => import('./limits.commands.ts');
const measurement = () => import('./measurement.commands.ts');
const auditing = () => import('./audit.commands.ts');
const registering = () => import('./registry.commands.ts');
const schemas = () => import('./schema.commands.ts');

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const program = new Command('portico')
  .description('Portico, the door that a marketplace opens to its partners. Settings come from the environment; the README lists them.')
  .showHelpAfterError();

program
  .command('setup-roles')
  .description('Makes the roles portico_owner and portico_service on your PostgreSQL (run once, by an administrator), or prints the SQL that does.')
  .option('--admin-url <url>', "an administrator's URL that ends in the database; without it the SQL is printed")
  .action(lazily(database, ({ runSetupRoles }) => runSetupRoles));

program
  .command('migrate')
  .description('Brings the database up to date, as the owner role (DATABASE_OWNER_URL).')
  .action(lazily(database, ({ runMigrate }) => runMigrate));

program
  .command('seed')
  .description('Fills the live environment of a demo with the sample world "Harbour Market". Refused in production.')
  .option('--reports <number>', 'how many reports of integrations it begins with, e.g. 400000; without it, some thousands', wholeNumber)
  .action(lazily(database, ({ runSeed }) => runSeed));

const asJson = new Option('--json', 'print one JSON object, for scripts');

program
  .command('staff')
  .description("The marketplace's own people.")
  .command('create')
  .description('Creates a member of staff and shows the credentials once.')
  .requiredOption('--name <name>', 'full name')
  .requiredOption('--email <email>', 'address at work')
  .addOption(new Option('--role <role...>', 'one or more roles').choices([...STAFF_ROLES]).makeOptionMandatory())
  .addOption(asJson)
  .action(lazily(people, ({ createStaffMember }) => createStaffMember));

const partner = program.command('partner').description('Partners of the live environment.');
partner
  .command('create')
  .description("Creates a partner with its first integration and shows the integration's credentials once.")
  .requiredOption('--name <name>', 'name of the organisation')
  .option('--owner-name <name>', "the person who owns the partner's affairs")
  .option('--owner-email <email>', "and that person's address")
  .requiredOption('--integration <name>', 'name of its first integration')
  .addOption(new Option('--category <category>', 'the part of the marketplace that it improves').choices([...INTEGRATION_CATEGORIES]).makeOptionMandatory())
  .option('--live', 'live at once, because you have decided so; without it the integration goes the way of onboarding')
  .addOption(asJson)
  .action(lazily(people, ({ createFirstPartner }) => createFirstPartner));
partner
  .command('suspend <partnerId>')
  .description("Closes the door to all of the partner's integrations and sandboxes at once.")
  .action(
    lazily(
      people,
      ({ setPartnerStatus }) =>
        (partnerId: string) =>
          setPartnerStatus(partnerId, 'SUSPENDED'),
    ),
  );
partner
  .command('reinstate <partnerId>')
  .description('Opens the door again.')
  .action(
    lazily(
      people,
      ({ setPartnerStatus }) =>
        (partnerId: string) =>
          setPartnerStatus(partnerId, 'ACTIVE'),
    ),
  );

const limits = program.command('limits').description('How much integrations may ask for.');
limits
  .command('set')
  .description("Decides on the limits of a tier, or on a partner's or an integration's own. Gateways follow within two seconds.")
  .option('--tier <code>', 'a tier, e.g. HARBOUR')
  .addOption(new Option('--partner <id>', 'one partner').conflicts('tier'))
  .addOption(new Option('--integration <id>', 'one integration').conflicts(['tier', 'partner']))
  .addOption(new Option('--environments <kind>', 'where they apply; a kind of its own goes before BOTH').choices([...ENVIRONMENT_KINDS]).default('BOTH'))
  .option('--capacity <tokens>', 'most cost that can be spent at once', wholeNumber)
  .option('--refill <tokens>', 'cost that comes back a second', wholeNumber)
  .option('--max-operation-cost <tokens>', 'most that one operation may cost', wholeNumber)
  .option('--concurrency <requests>', 'most requests in flight', wholeNumber)
  .option('--of-tier', "no limits of its own any more: the tier's apply")
  .option('--shadow-hours <hours>', 'count and show them for so long before they are enforced', wholeNumber, 0)
  .requiredOption('--by <name>', 'who decides')
  .requiredOption('--reason <text>', 'why')
  .addOption(asJson)
  .action(lazily(limiting, ({ setLimitsOf }) => setLimitsOf));
limits
  .command('history')
  .description('Lists the newest hundred decisions, newest first.')
  .addOption(asJson)
  .action(lazily(limiting, ({ listLimitDecisions }) => listLimitDecisions));

program
  .command('ingest <file>')
  .description('Sends a file of events, a line each after CloudEvents 1.0 (.gz is unpacked), and tells how far it is. Sending one again does no harm.')
  .option('--url <url>', "the gateway's; without it, the demo on this machine")
  .option('--client-id <id>', 'the integration that reports them')
  .option('--client-secret-file <file>', 'a file that holds its secret')
  .addOption(asJson)
  .action(lazily(measurement, ({ ingestFile }) => ingestFile));

program
  .command('metrics')
  .description('What is measured.')
  .command('recompute')
  .description('Computes all sums anew from the events, and sets right those that differ.')
  .option('--prove', 'change nothing, and exit with 1 where sums differ')
  .option('--environment <id>', 'a sandbox; the live environment by default')
  .addOption(asJson)
  .action(lazily(measurement, ({ recomputeMetrics }) => recomputeMetrics));

program
  .command('incentives')
  .description('What partners reach and earn.')
  .command('replay')
  .description('Computes all progress and the whole ledger anew, from the events and the decisions, and exits with 1 where a byte of them differs. It changes nothing.')
  .option('--environment <id>', 'a sandbox; the live environment by default')
  .addOption(asJson)
  .action(
    lazily(
      () => import('./incentives.commands.ts'),
      ({ proveIncentives }) => proveIncentives,
    ),
  );

program
  .command('keys')
  .description('The keys that sign access tokens.')
  .command('rotate')
  .description('Adds a signing key, which signs five minutes from now, and removes those whose last token has expired.')
  .action(
    lazily(
      () => import('./keys.commands.ts'),
      ({ runRotateKeys }) => runRotateKeys,
    ),
  );

const registry = program.command('registry').description('The deprecation registry.');
registry
  .command('export')
  .description('Prints the notices that stand, drafts too, as JSON.')
  .action(lazily(registering, ({ exportRegistry }) => exportRegistry));
registry
  .command('import <file>')
  .description('Takes the notices of an export that are not there yet, as drafts for the review.')
  .requiredOption('--staff <id>', 'the API steward in whose name, who cannot approve them then')
  .requiredOption('--reason <reason>', "why, for the staff's journal")
  .action(lazily(registering, ({ importRegistry }) => importRegistry));

program
  .command('scenario')
  .description('Rehearsals as data: what a program asks of a sandbox, and what it must be answered.')
  .command('run <file>')
  .description('Runs a scenario, a YAML file, at a gateway and tells each step. Ends with 1 where it did not pass.')
  .option('--url <url>', 'where the gateway is', 'http://127.0.0.1:4000')
  .option('--client-id <id>', "credentials of live, for which a sandbox is made and deleted, or a sandbox's own; without any a sandbox for a day is made")
  .option('--client-secret <secret>', 'the secret to it')
  .action(
    lazily(
      () => import('./scenario.commands.ts'),
      ({ runScenarioFile }) => runScenarioFile,
    ),
  );

program
  .command('explain <query>')
  .description("Shows what a document becomes: its plan, its SQL and, for an integration, PostgreSQL's plan.")
  .option('--variables <json>', "the operation's variables, a JSON object")
  .option('--version <version>', 'the API version; the current one by default')
  .option('--operation <name>', 'which operation of the document')
  .addOption(new Option('--integration <id>', 'who asks, in live or a sandbox; without anybody no database is needed').conflicts('partner'))
  .option('--partner <id>', 'the oldest active integration of this live partner asks')
  .option('--analyze', 'run the statement too, in a read-only transaction that is rolled back')
  .addOption(asJson)
  .action(
    lazily(
      () => import('./explain.commands.ts'),
      ({ explainQuery }) => explainQuery,
    ),
  );

const audit = program.command('audit').description('The access log: who read what of whom, as a proof.');
audit
  .command('export <folder>')
  .description('Writes the log up to its newest checkpoint into a new folder: entries, leaf hashes, the checkpoint and the public keys.')
  .option('--environment <id>', 'a sandbox; the live environment by default')
  .addOption(asJson)
  .action(lazily(auditing, ({ exportAudit }) => exportAudit));
audit
  .command('verify <path>')
  .description('Verifies an export (a folder), or an answer of auditProof or consistencyProof (a JSON file). Asks no server. Ends with 1 where it does not hold.')
  .option('--checkpoint <file...>', 'checkpoints that you kept from before', [])
  .option('--leaves <file>', 'leaf hashes that you kept from before (leaves.txt of an export); they name the first entry that differs')
  .option('--keys <file>', "keys that you kept from before; without it, the export's own")
  .addOption(asJson)
  .action(lazily(auditing, ({ verifyAudit }) => verifyAudit));

const schemaFormat = new Option('--format <format>', 'how to print the result').choices([...FORMATS]).default('human');
/** 1 is what was found, so that a wrong use must not be 1 here. */
const wrongUse = ({ exitCode }: CommanderError): never => process.exit(exitCode === 0 ? 0 : 2);

const schema = program.command('schema').description("Tools for the schema of any GraphQL API; of them, check is for this repository's snapshots.").exitOverride(wrongUse);
schema
  .command('diff <old> <new>')
  .description('Compares two schemas, SDL or introspection JSON: what breaks clients, what is dangerous, what is safe.')
  .addOption(schemaFormat)
  .addOption(new Option('--fail-on <criticality>', 'exit with 1 where there are changes that are so, or worse').choices(['breaking', 'dangerous']))
  .action(lazily(schemas, ({ runSchemaDiff }) => runSchemaDiff));
schema
  .command('check')
  .description("Refuses what a version's state forbids: snapshots in schema/ against git and against their neighbours.")
  .option('--against <revision>', 'the git revision to compare with', 'HEAD')
  .action(lazily(schemas, ({ runSchemaCheck }) => runSchemaCheck));

program
  .command('upgrade-report <operations...>')
  .description('Says for each operation in files, folders or glob patterns whether another version, or a new schema, breaks it, and how to write it then.')
  .option('--from <version>', 'the API version that the operations are written for, e.g. 2026-07')
  .option('--to <version>', 'the API version that they are to move to')
  .option('--from-schema <file>', 'for any other API: the schema that the operations are written for, SDL or introspection JSON')
  .option('--to-schema <file>', 'and the schema that comes')
  .addOption(schemaFormat)
  .exitOverride(wrongUse)
  .action(lazily(schemas, ({ runUpgradeReport }) => runUpgradeReport));

program
  .command('cost <operations...>')
  .description("Tells what the operations in the files cost, by the directives of a version's SDL (GET /schema/<version>.graphql). Asks no server.")
  .requiredOption('--schema <file>', 'the SDL')
  .option('--variables <file>', 'JSON object of variables, for all of the operations')
  .option('--maximum <cost>', 'what one operation may cost', Number, DEFAULT_MAXIMUM_COST)
  .addOption(
    new Option('--format <format>', 'text for people, or JSON as POST /graphql/cost answers it (a list where there are several operations)')
      .choices(['human', 'json'])
      .default('human'),
  )
  .action(
    lazily(
      () => import('./cost.commands.ts'),
      ({ tellCosts }) => tellCosts,
    ),
  );

try {
  await program.parseAsync();
} catch (error) {
  (await import('../fail.ts')).fail(error);
}
