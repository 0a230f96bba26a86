/**
 * The notice: everything that a person is told before they decide, as one value. The page shows it and
 * nothing else; its hash goes into the event, the receipt and the form, so that what was agreed to can
 * be shown word for word, and a page that has changed since is not decided on.
 */
import { createHash } from 'node:crypto';
import { durationsFor, type DataCategory, type Duration, type Language } from '../catalogue.rules.ts';
import type { Ask } from '../asking.rules.ts';
import type { Controller } from '../receipt.ts';
import type { OpenRequest } from '../requests.service.ts';
import { MESSAGES } from './messages.ts';

/** Counts the layouts that pages have had: the same words arranged otherwise are another notice. */
const LAYOUT = 1;

export interface NoticeScope {
  readonly category: string;
  readonly title: string;
  readonly example: string;
  readonly required: boolean;
  /** In the recipient's own words. */
  readonly why: string | null;
  readonly facts: readonly string[];
}

export interface Notice {
  readonly layout: number;
  readonly language: Language;
  readonly kind: Ask['kind'];
  readonly marketplace: string;
  readonly app: string;
  readonly title: string;
  readonly who: readonly string[];
  readonly purpose: string;
  readonly benefit: string;
  readonly scopes: readonly NoticeScope[];
  /** Null where the end stays as it was. */
  readonly durations: { readonly offered: readonly { readonly value: string; readonly label: string }[]; readonly preselected: string } | null;
  readonly stays: string | null;
  readonly goodToKnow: readonly string[];
  readonly privacyNotice: { readonly label: string; readonly url: string };
  /** Which answer stands first differs from request to request, so that neither is the habit. */
  readonly yesFirst: boolean;
}

export const durationValue = (duration: Duration): string => (duration === 'ONE_TIME' ? 'once' : String(duration));

export const durationOf = (value: string | undefined): Duration => (value === 'once' ? 'ONE_TIME' : Number(value));

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' };

export const dateText = (instant: number, language: Language): string => new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'UTC' }).format(instant);

export function noticeOf({ request, ask, purpose, recipient, standing }: OpenRequest, categories: readonly DataCategory[], controller: Controller, language: Language): Notice {
  const say = MESSAGES[language];
  const countries = new Intl.DisplayNames([LOCALES[language]], { type: 'region' });
  const { offered, preselected } = durationsFor(purpose);
  const widens = ask.kind === 'WIDEN' && standing;
  return {
    layout: LAYOUT,
    language,
    kind: ask.kind,
    marketplace: controller.name,
    app: recipient.integrationName,
    title: say.ask(ask.kind, recipient.integrationName),
    who: [
      say.askedBy(recipient.partnerName, recipient.integrationName),
      `${recipient.legalName}, ${recipient.address}`,
      say.verified(controller.name, dateText(recipient.verifiedAt, language)),
    ],
    purpose: purpose.sentence[language],
    benefit: purpose.benefit[language],
    scopes: ask.scopes.map(scope => {
      const category = categories.find(({ code }) => code === scope.category)!;
      const facts = [
        say.level(scope.level),
        ...(category.dated ? [say.lookback(scope.lookbackDays)] : []),
        ...(scope.precision === 'COARSE' ? [say.coarse] : []),
        say.retention(category.retentionDays),
      ];
      return { category: scope.category, title: category.title[language], example: category.example[language], required: scope.required, why: scope.why, facts };
    }),
    durations: widens ? null : { offered: offered.map(each => ({ value: durationValue(each), label: say.duration(each) })), preselected: durationValue(preselected) },
    stays: widens ? say.alreadyShared(dateText(standing.expiresAt, language)) : null,
    goodToKnow: [
      say.kept(recipient.legalName, recipient.storageCountries.map(code => countries.of(code) ?? code).join(', ')),
      `${say.ifYouSayNo} ${purpose.without[language]}`,
      say.rewards(recipient.partnerName),
      `${say.changeYourMind(controller.name)} ${say.receipt}`,
      say.complain(controller.complaints),
    ],
    privacyNotice: { label: say.privacyNotice(recipient.partnerName), url: recipient.privacyUrl },
    yesFirst: createHash('sha256').update(request.id).digest()[0]! % 2 === 0,
  };
}

export const noticeHash = (notice: Notice): string => createHash('sha256').update(JSON.stringify(notice)).digest('hex');
