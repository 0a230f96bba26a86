/** What letters to people say, in each language: plain text, a few sentences, where to look and how to stop. */
import type { Language } from '../catalogue.rules.ts';
import { dateText } from '../page/notice.ts';
import type { WaitingLetter } from './letter.store.ts';

export interface Sender {
  readonly marketplace: string;
  readonly contact: string;
  /** Of the person's own pages. */
  readonly pages: string;
}

interface Words {
  readonly given: readonly [string, string];
  readonly reminder: readonly [string, string];
  readonly erased: readonly [string, string];
  readonly stop: string;
  readonly questions: string;
}

const wordsOf = ({ app, partner, purposeTitle, expiresAt, language }: WaitingLetter, { marketplace, contact, pages }: Sender): Record<Language, Words> => {
  const until = expiresAt ? dateText(expiresAt.getTime(), language) : '';
  return {
    en: {
      given: [`You share data with ${app}`, `You have agreed that ${app} by ${partner} reads some of your data at ${marketplace}: ${purposeTitle}. It ends by itself on ${until}.`],
      reminder: [
        `You still share data with ${app}`,
        `${app} by ${partner} may still read some of your data at ${marketplace}: ${purposeTitle}. It ends by itself on ${until}. You need not do anything.`,
      ],
      erased: [
        'You are erased',
        `We have erased everything about you at ${marketplace}. Whoever received something of you has to delete it. This letter is the last one, and your address is deleted with it.`,
      ],
      stop: `See who read what, and stop with one press of a button: ${pages}`,
      questions: `Questions? ${contact}`,
    },
    de: {
      given: [
        `Sie teilen Daten mit ${app}`,
        `Sie haben zugestimmt, dass ${app} von ${partner} einige Ihrer Daten bei ${marketplace} liest: ${purposeTitle}. Das endet von selbst am ${until}.`,
      ],
      reminder: [
        `Sie teilen weiter Daten mit ${app}`,
        `${app} von ${partner} darf weiter einige Ihrer Daten bei ${marketplace} lesen: ${purposeTitle}. Das endet von selbst am ${until}. Sie müssen nichts tun.`,
      ],
      erased: [
        'Sie sind gelöscht',
        `Wir haben bei ${marketplace} alles über Sie gelöscht. Wer etwas von Ihnen bekommen hat, muss es löschen. Das ist der letzte Brief; Ihre Adresse wird mit ihm gelöscht.`,
      ],
      stop: `Sehen Sie, wer was gelesen hat, und beenden Sie es mit einem Knopfdruck: ${pages}`,
      questions: `Fragen? ${contact}`,
    },
  };
};

export function textOf(letter: WaitingLetter, sender: Sender): { subject: string; text: string } {
  const words = wordsOf(letter, sender)[letter.language];
  const [subject, body] = { GRANT_GIVEN: words.given, GRANT_REMINDER: words.reminder, ERASED: words.erased }[letter.kind];
  return { subject, text: [body, ...(letter.kind === 'ERASED' ? [] : [words.stop]), words.questions, sender.marketplace].join('\n\n') };
}
