/** What people's own pages say beyond the consent page's words, in each language. */
import type { Language } from '../catalogue.rules.ts';
import type { GrantState } from '../grant.rules.ts';
import type { RightsKind } from './rights.store.ts';

export interface MeMessages {
  readonly nav: { readonly label: string; readonly shared: string; readonly log: string; readonly data: string };
  /** What a state means for the person; null where there is nothing to explain. */
  readonly means: Readonly<Record<GrantState, string | null>>;
  readonly reads: (times: number, last: string) => string;
  readonly neverRead: string;
  readonly object: string;
  readonly objectWhy: string;
  readonly objectSend: string;
  readonly logTitle: string;
  readonly logIntro: string;
  readonly logEmpty: string;
  readonly read: string;
  readonly why: string;
  readonly place: (index: number) => string;
  readonly older: string;
  readonly dataTitle: string;
  readonly exportTitle: string;
  readonly exportIntro: string;
  readonly exportSend: string;
  readonly correctTitle: string;
  readonly correctCategory: string;
  readonly correctWords: string;
  readonly correctSend: string;
  readonly requestsTitle: string;
  readonly requests: Readonly<Record<RightsKind, string>>;
  readonly due: (date: string) => string;
  readonly settled: Readonly<Record<'GRANTED' | 'REFUSED', string>>;
  readonly eraseTitle: string;
  readonly eraseLink: string;
  readonly eraseIntro: readonly string[];
  readonly eraseConfirm: string;
  readonly eraseSend: string;
  readonly erased: string;
  readonly erasedIntro: string;
  readonly problem: string;
}

const en: MeMessages = {
  nav: { label: 'My pages', shared: 'What I share', log: 'Who read what', data: 'My data' },
  means: {
    GIVEN: null,
    SUSPENDED: 'Nothing is read while it is paused: somebody is looking into it, because you objected or because something may be wrong there. You can still stop it for good.',
    EXPIRED: 'Its time is over, or it was for one look. Nothing is read any more, and what they received has to be deleted.',
    WITHDRAWN: 'Nothing is read any more, and what they received has to be deleted.',
    REVOKED: 'The marketplace ended it. What they received has to be deleted.',
    RELINQUISHED: 'They no longer needed it. What they received has to be deleted.',
    SUPERSEDED: null,
    INVALIDATED: 'It should never have been asked. What they received has to be deleted.',
  },
  reads: (times, last) => (times === 1 ? `Read once, on ${last}.` : `Read ${times} times, last on ${last}.`),
  neverRead: 'Nothing has been read yet.',
  object: 'I object',
  objectWhy: 'Why? We stop it now and answer within a month.',
  objectSend: 'Send my objection',
  logTitle: 'Who read what of me',
  logIntro: 'Each time that somebody read something of you, the newest first. Nobody can change this list unnoticed, not even we.',
  logEmpty: 'Nobody has read anything of you.',
  read: 'What:',
  why: 'Why:',
  place: index => `Number ${index} in the sealed log`,
  older: 'Older',
  dataTitle: 'My data',
  exportTitle: 'Take it along',
  exportIntro: 'Everything we know of you, what you share, and who read it, in one file (JSON).',
  exportSend: 'Download everything',
  correctTitle: 'Something is wrong',
  correctCategory: 'What is it about?',
  correctWords: 'What is wrong, and what is right?',
  correctSend: 'Ask to correct it',
  requestsTitle: 'What I asked',
  requests: { EXPORT: 'A copy of everything', ERASURE: 'To be erased', OBJECTION: 'An objection', CORRECTION: 'A correction' },
  due: date => `You have an answer by ${date}.`,
  settled: { GRANTED: 'Done.', REFUSED: 'Refused.' },
  eraseTitle: 'Erase me',
  eraseLink: 'Erase everything about me',
  eraseIntro: [
    'Everything you share ends at once, and everyone who received something has to delete it.',
    'We delete your name, addresses, orders, preferences and questions here. Nobody can tell any more that entries of the log are yours.',
    'This cannot be taken back.',
  ],
  eraseConfirm: 'Yes, erase me for good',
  eraseSend: 'Erase everything',
  erased: 'You are erased',
  erasedIntro: 'Nothing of you is left here. Whoever received something of you has been told to delete it.',
  problem: 'Please fill in the form: it was empty, too long, or not confirmed.',
};

const de: MeMessages = {
  nav: { label: 'Meine Seiten', shared: 'Was ich teile', log: 'Wer was gelesen hat', data: 'Meine Daten' },
  means: {
    GIVEN: null,
    SUSPENDED:
      'Solange es angehalten ist, wird nichts gelesen: Jemand prüft es, weil Sie widersprochen haben oder weil dort etwas nicht stimmen könnte. Sie können es trotzdem ganz beenden.',
    EXPIRED: 'Die Zeit ist um, oder es war für einen einzigen Blick. Es wird nichts mehr gelesen, und was dort liegt, muss gelöscht werden.',
    WITHDRAWN: 'Es wird nichts mehr gelesen, und was dort liegt, muss gelöscht werden.',
    REVOKED: 'Der Marktplatz hat es beendet. Was dort liegt, muss gelöscht werden.',
    RELINQUISHED: 'Es wurde nicht mehr gebraucht. Was dort liegt, muss gelöscht werden.',
    SUPERSEDED: null,
    INVALIDATED: 'Danach hätte nicht gefragt werden dürfen. Was dort liegt, muss gelöscht werden.',
  },
  reads: (times, last) => (times === 1 ? `Ein Mal gelesen, am ${last}.` : `${times} Mal gelesen, zuletzt am ${last}.`),
  neverRead: 'Noch wurde nichts gelesen.',
  object: 'Ich widerspreche',
  objectWhy: 'Warum? Wir halten es jetzt an und antworten innerhalb eines Monats.',
  objectSend: 'Widerspruch senden',
  logTitle: 'Wer was von mir gelesen hat',
  logIntro: 'Jedes Mal, dass jemand etwas von Ihnen gelesen hat, das neueste zuerst. Niemand kann diese Liste unbemerkt ändern, auch wir nicht.',
  logEmpty: 'Niemand hat etwas von Ihnen gelesen.',
  read: 'Was:',
  why: 'Wofür:',
  place: index => `Nummer ${index} im versiegelten Protokoll`,
  older: 'Ältere',
  dataTitle: 'Meine Daten',
  exportTitle: 'Mitnehmen',
  exportIntro: 'Alles, was wir von Ihnen wissen, was Sie teilen und wer es gelesen hat, in einer Datei (JSON).',
  exportSend: 'Alles herunterladen',
  correctTitle: 'Etwas stimmt nicht',
  correctCategory: 'Worum geht es?',
  correctWords: 'Was ist falsch, und was ist richtig?',
  correctSend: 'Um Korrektur bitten',
  requestsTitle: 'Worum ich gebeten habe',
  requests: { EXPORT: 'Eine Kopie von allem', ERASURE: 'Gelöscht zu werden', OBJECTION: 'Ein Widerspruch', CORRECTION: 'Eine Korrektur' },
  due: date => `Sie haben bis zum ${date} eine Antwort.`,
  settled: { GRANTED: 'Erledigt.', REFUSED: 'Abgelehnt.' },
  eraseTitle: 'Mich löschen',
  eraseLink: 'Alles über mich löschen',
  eraseIntro: [
    'Alles, was Sie teilen, endet sofort, und wer etwas bekommen hat, muss es löschen.',
    'Wir löschen hier Ihren Namen, Ihre Adressen, Bestellungen, Vorlieben und Fragen. Niemand kann dann noch sagen, welche Einträge des Protokolls Ihre sind.',
    'Das lässt sich nicht zurücknehmen.',
  ],
  eraseConfirm: 'Ja, für immer löschen',
  eraseSend: 'Alles löschen',
  erased: 'Sie sind gelöscht',
  erasedIntro: 'Hier ist nichts mehr von Ihnen. Wer etwas von Ihnen bekommen hat, muss es löschen.',
  problem: 'Bitte füllen Sie das Formular aus: Es war leer, zu lang oder nicht bestätigt.',
};

export const ME_MESSAGES: Readonly<Record<Language, MeMessages>> = { en, de };
