/** The `portico` command: what operators do from a shell, with the settings of the environment. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { fail } from '../fail.ts';
import { INTEGRATION_CATEGORIES, STAFF_ROLES } from '../partners/index.ts';
import { runMigrate, runSeed, runSetupRoles } from './database.commands.ts';
import { explainQuery } from './explain.commands.ts';
import { ENVIRONMENT_KINDS } from '../limits/index.ts';
import { runRotateKeys } from './keys.commands.ts';
import { listLimitDecisions, setLimitsOf } from './limits.commands.ts';
import { createFirstPartner, createStaffMember, setPartnerStatus } from './people.commands.ts';

const program = new Command('portico')
  .description('Portico, the door that a marketplace opens to its partners. Settings come from the environment; the README lists them.')
  .showHelpAfterError();

program
  .command('setup-roles')
  .description('Makes the roles portico_owner and portico_service on your PostgreSQL (run once, by an administrator), or prints the SQL that does.')
  .option('--admin-url <url>', "an administrator's URL that ends in the database; without it the SQL is printed")
  .action(runSetupRoles);

program.command('migrate').description('Brings the database up to date, as the owner role (DATABASE_OWNER_URL).').action(runMigrate);

program.command('seed').description('Fills the live environment of a demo with the sample world "Harbour Market". Refused in production.').action(runSeed);

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
  .action(createStaffMember);

const partner = program.command('partner').description('Partners of the live environment.');
partner
  .command('create')
  .description("Creates a partner with its first integration and shows the integration's credentials once.")
  .requiredOption('--name <name>', 'name of the organisation')
  .option('--owner-name <name>', "the person who owns the partner's affairs")
  .option('--owner-email <email>', "and that person's address")
  .requiredOption('--integration <name>', 'name of its first integration')
  .addOption(new Option('--category <category>', 'the part of the marketplace that it improves').choices([...INTEGRATION_CATEGORIES]).makeOptionMandatory())
  .addOption(asJson)
  .action(createFirstPartner);
partner
  .command('suspend <partnerId>')
  .description("Closes the door to all of the partner's integrations and sandboxes at once.")
  .action((partnerId: string) => setPartnerStatus(partnerId, 'SUSPENDED'));
partner
  .command('reinstate <partnerId>')
  .description('Opens the door again.')
  .action((partnerId: string) => setPartnerStatus(partnerId, 'ACTIVE'));

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

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
  .action(setLimitsOf);
limits.command('history').description('Lists the newest hundred decisions, newest first.').addOption(asJson).action(listLimitDecisions);

program
  .command('keys')
  .description('The keys that sign access tokens.')
  .command('rotate')
  .description('Adds a signing key, which signs five minutes from now, and removes those whose last token has expired.')
  .action(runRotateKeys);

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
  .action(explainQuery);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
