/** What the consent pages say, in each language: short words and whole sentences, for somebody who
    reads them once, on a phone. */
import type { Duration, Language } from '../catalogue.rules.ts';
import type { Ask } from '../asking.rules.ts';
import type { GrantState } from '../grant.rules.ts';
import type { Level } from '../scope.rules.ts';

export interface Messages {
  readonly languageName: string;
  readonly ask: (kind: Ask['kind'], app: string) => string;
  readonly askedBy: (partner: string, app: string) => string;
  readonly verified: (marketplace: string, date: string) => string;
  readonly whatFor: string;
  readonly whatYouNotice: string;
  readonly whatTheySee: string;
  readonly alreadyShared: (until: string) => string;
  readonly needed: string;
  readonly optional: string;
  readonly forExample: string;
  readonly theySay: (app: string) => string;
  readonly lookback: (days: number | null) => string;
  readonly coarse: string;
  readonly level: (level: Level) => string;
  readonly retention: (days: number) => string;
  readonly howLong: string;
  readonly duration: (duration: Duration) => string;
  readonly goodToKnow: string;
  readonly kept: (legalName: string, countries: string) => string;
  readonly ifYouSayNo: string;
  readonly rewards: (partner: string) => string;
  readonly changeYourMind: (marketplace: string) => string;
  readonly receipt: string;
  readonly complain: (where: string) => string;
  readonly privacyNotice: (partner: string) => string;
  readonly yes: string;
  readonly no: string;
  readonly chooseOne: string;
  readonly signIn: string;
  readonly signInSample: string;
  readonly grantsTitle: string;
  readonly grantsIntro: (marketplace: string) => string;
  readonly noGrants: string;
  readonly grantLine: (app: string, partner: string) => string;
  readonly from: string;
  readonly until: string;
  readonly reminded: (on: string) => string;
  readonly stopSharing: string;
  readonly leaveOut: (title: string) => string;
  readonly getReceipt: string;
  readonly state: Readonly<Record<GrantState, string>>;
  readonly trouble: string;
  readonly problems: Readonly<Record<ProblemCode, string>>;
}

export type ProblemCode =
  | 'CLIENT'
  | 'REDIRECT_URI'
  | 'SESSION'
  | 'FORM'
  | 'LAPSED'
  | 'DECIDED'
  | 'OTHER_PERSON'
  | 'UNKNOWN_PERSON'
  | 'NO_SIGN_IN'
  | 'SIGN_IN_FAILED'
  | 'UNAVAILABLE'
  | 'NOT_FOUND';

const en: Messages = {
  languageName: 'English',
  ask: (kind, app) => (kind === 'WIDEN' ? `${app} would like to see more` : kind === 'RENEW' ? `May ${app} go on?` : `May ${app} see some of your data?`),
  askedBy: (partner, app) => `${app} is made by ${partner}.`,
  verified: (marketplace, date) => `Checked by ${marketplace} on ${date}.`,
  whatFor: 'What for',
  whatYouNotice: 'What you will notice',
  whatTheySee: 'What they would see',
  alreadyShared: until => `What you share already stays as it is, until ${until}.`,
  needed: 'Needed if you say yes',
  optional: 'Your choice',
  forExample: 'For example:',
  theySay: app => `${app} says:`,
  lookback: days => (days === null ? 'However long ago' : days === 1 ? 'From the last day' : `From the last ${days} days`),
  coarse: 'Only roughly: the region, the month',
  level: level => (level === 'COUNT' ? 'Only as a number, never by name' : level === 'OVERLAP' ? 'Only whether you are a customer of both' : 'Read only'),
  retention: days => (days === 0 ? 'Deleted as soon as sharing ends' : `Deleted at most ${days} days after sharing ends`),
  howLong: 'For how long',
  duration: duration => (duration === 'ONE_TIME' ? 'Only once' : `For ${duration} days`),
  goodToKnow: 'Good to know',
  kept: (legalName, countries) => `Your data goes to ${legalName} and nobody else. It is kept in ${countries}.`,
  ifYouSayNo: 'If you say no:',
  rewards: partner => `${partner} may earn rewards from the marketplace's program for results built on shared data.`,
  changeYourMind: marketplace => `You can stop at any time, with one press of a button, at ${marketplace} under “What I share”. It counts at once.`,
  receipt: 'You will find a receipt there, too.',
  complain: where => `Something wrong? Tell ${where}.`,
  privacyNotice: partner => `Privacy notice of ${partner}`,
  yes: 'Yes, share this',
  no: 'No, do not share',
  chooseOne: 'Please tick what you want to share, and how long, or say no.',
  signIn: 'Sign in',
  signInSample: 'This is sample data. Choose who you want to be:',
  grantsTitle: 'What I share',
  grantsIntro: marketplace => `Everyone whom you have let see some of your data at ${marketplace}.`,
  noGrants: 'You share nothing with anybody.',
  grantLine: (app, partner) => `${app} by ${partner}`,
  from: 'From',
  until: 'until',
  reminded: on => `Reminder of ${on}: you still share this. You can stop here at any time.`,
  stopSharing: 'Stop sharing',
  leaveOut: title => `No longer share: ${title}`,
  getReceipt: 'Receipt',
  state: {
    GIVEN: 'Shared',
    SUSPENDED: 'Paused by the marketplace',
    EXPIRED: 'Has ended',
    WITHDRAWN: 'You stopped it',
    REVOKED: 'Stopped by the marketplace',
    RELINQUISHED: 'Given up by them',
    SUPERSEDED: 'Replaced by a newer one',
    INVALIDATED: 'Was not valid',
  },
  trouble: 'This did not work',
  problems: {
    CLIENT: 'The site that sent you here is not known to us. Nothing was shared.',
    REDIRECT_URI: 'The site that sent you here gave an address to go back to that it has not registered. Nothing was shared.',
    SESSION: 'You were away for too long, or another window took over. Go back to the site that sent you here and begin again.',
    FORM: 'This form was not sent from our page. Nothing was changed. Go back and try again.',
    LAPSED: 'This question is no longer open. Go back to the site that sent you here and begin again.',
    DECIDED: 'You have already answered this question.',
    OTHER_PERSON: 'This question is for somebody else. Nothing was shared.',
    UNKNOWN_PERSON: 'We could not find your customer account. Nothing was shared.',
    NO_SIGN_IN: 'Signing in is not set up here yet. Nothing was shared.',
    SIGN_IN_FAILED: 'Signing in did not work. Go back and try again.',
    UNAVAILABLE: 'We cannot answer at the moment. Please try again shortly.',
    NOT_FOUND: 'There is nothing here.',
  },
};

const de: Messages = {
  languageName: 'Deutsch',
  ask: (kind, app) => (kind === 'WIDEN' ? `${app} möchte mehr sehen` : kind === 'RENEW' ? `Darf ${app} weitermachen?` : `Darf ${app} einige Ihrer Daten sehen?`),
  askedBy: (partner, app) => `${app} kommt von ${partner}.`,
  verified: (marketplace, date) => `Geprüft von ${marketplace} am ${date}.`,
  whatFor: 'Wofür',
  whatYouNotice: 'Was Sie davon merken',
  whatTheySee: 'Was dort zu sehen wäre',
  alreadyShared: until => `Was Sie schon teilen, bleibt, wie es ist, bis ${until}.`,
  needed: 'Gehört dazu, wenn Sie Ja sagen',
  optional: 'Sie entscheiden',
  forExample: 'Zum Beispiel:',
  theySay: app => `${app} sagt dazu:`,
  lookback: days => (days === null ? 'Egal, wie lange her' : days === 1 ? 'Vom letzten Tag' : `Aus den letzten ${days} Tagen`),
  coarse: 'Nur ungefähr: die Region, der Monat',
  level: level => (level === 'COUNT' ? 'Nur als Zahl, nie mit Namen' : level === 'OVERLAP' ? 'Nur, ob Sie bei beiden Kunde sind' : 'Nur lesen'),
  retention: days => (days === 0 ? 'Wird gelöscht, sobald das Teilen endet' : `Wird spätestens ${days} Tage nach dem Ende gelöscht`),
  howLong: 'Wie lange',
  duration: duration => (duration === 'ONE_TIME' ? 'Nur ein Mal' : `${duration} Tage lang`),
  goodToKnow: 'Gut zu wissen',
  kept: (legalName, countries) => `Ihre Daten gehen an ${legalName} und an sonst niemanden. Sie liegen in: ${countries}.`,
  ifYouSayNo: 'Wenn Sie Nein sagen:',
  rewards: partner => `${partner} kann vom Programm des Marktplatzes belohnt werden, wenn mit geteilten Daten etwas gelingt.`,
  changeYourMind: marketplace => `Sie können jederzeit aufhören, mit einem Knopfdruck, bei ${marketplace} unter „Was ich teile“. Das gilt sofort.`,
  receipt: 'Dort finden Sie auch eine Quittung.',
  complain: where => `Stimmt etwas nicht? Wenden Sie sich an ${where}.`,
  privacyNotice: partner => `Datenschutzhinweise von ${partner}`,
  yes: 'Ja, das teilen',
  no: 'Nein, nicht teilen',
  chooseOne: 'Bitte wählen Sie, was Sie teilen und wie lange, oder sagen Sie Nein.',
  signIn: 'Anmelden',
  signInSample: 'Das sind Beispieldaten. Wählen Sie, wer Sie sein möchten:',
  grantsTitle: 'Was ich teile',
  grantsIntro: marketplace => `Alle, die bei ${marketplace} einige Ihrer Daten sehen dürfen.`,
  noGrants: 'Sie teilen nichts, mit niemandem.',
  grantLine: (app, partner) => `${app} von ${partner}`,
  from: 'Ab',
  until: 'bis',
  reminded: on => `Erinnerung vom ${on}: Sie teilen das weiterhin. Sie können hier jederzeit damit aufhören.`,
  stopSharing: 'Nicht mehr teilen',
  leaveOut: title => `Nicht mehr teilen: ${title}`,
  getReceipt: 'Quittung',
  state: {
    GIVEN: 'Wird geteilt',
    SUSPENDED: 'Vom Marktplatz angehalten',
    EXPIRED: 'Ist abgelaufen',
    WITHDRAWN: 'Von Ihnen beendet',
    REVOKED: 'Vom Marktplatz beendet',
    RELINQUISHED: 'Vom Empfänger aufgegeben',
    SUPERSEDED: 'Durch eine neuere ersetzt',
    INVALIDATED: 'War nicht gültig',
  },
  trouble: 'Das hat nicht geklappt',
  problems: {
    CLIENT: 'Die Seite, von der Sie kommen, kennen wir nicht. Es wurde nichts geteilt.',
    REDIRECT_URI: 'Die Seite, von der Sie kommen, nennt eine Adresse für den Rückweg, die sie nicht angemeldet hat. Es wurde nichts geteilt.',
    SESSION: 'Sie waren zu lange weg, oder ein anderes Fenster war schneller. Gehen Sie zurück und beginnen Sie neu.',
    FORM: 'Dieses Formular kam nicht von unserer Seite. Es wurde nichts geändert. Gehen Sie zurück und versuchen Sie es noch einmal.',
    LAPSED: 'Diese Frage ist nicht mehr offen. Gehen Sie zurück und beginnen Sie neu.',
    DECIDED: 'Diese Frage haben Sie schon beantwortet.',
    OTHER_PERSON: 'Diese Frage ist für jemand anderen. Es wurde nichts geteilt.',
    UNKNOWN_PERSON: 'Wir konnten Ihr Kundenkonto nicht finden. Es wurde nichts geteilt.',
    NO_SIGN_IN: 'Die Anmeldung ist hier noch nicht eingerichtet. Es wurde nichts geteilt.',
    SIGN_IN_FAILED: 'Die Anmeldung hat nicht geklappt. Gehen Sie zurück und versuchen Sie es noch einmal.',
    UNAVAILABLE: 'Wir können gerade nicht antworten. Bitte versuchen Sie es gleich noch einmal.',
    NOT_FOUND: 'Hier gibt es nichts.',
  },
};

export const MESSAGES: Readonly<Record<Language, Messages>> = { en, de };
