/** Mail by the operator's own SMTP server. */
import { createTransport } from 'nodemailer';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Post {
  /** Throws where the server does not take it. */
  send(letter: Letter): Promise<void>;
}

/** A server that says nothing for so long is tried again later. */
const SILENCE_MS = 10_000;

/** @param url `smtp://` (with STARTTLS where the server offers it) or `smtps://`, with user and password where needed */
export function openPost({ url, from }: { readonly url: string; readonly from: string }): Post {
  const transport = createTransport({ url, connectionTimeout: SILENCE_MS, greetingTimeout: SILENCE_MS, socketTimeout: SILENCE_MS }, { from });
  return {
    async send({ to, subject, text }) {
      // Out-of-office answers to such letters help nobody (RFC 3834).
      await transport.sendMail({ to: { name: '', address: to }, subject, text, headers: { 'Auto-Submitted': 'auto-generated' } });
    },
  };
}
